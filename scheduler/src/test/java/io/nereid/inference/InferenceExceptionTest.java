package io.nereid.inference;

import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class InferenceExceptionTest {
    @Test
    void exception_withoutCause_hasNoStackTrace() {
        InferenceException error = new InferenceException(ErrorCode.INVALID_ARG, "wrong");
        assertThat(error.getStackTrace()).isEmpty();
        assertThat(error.text()).isEqualTo("wrong");
    }

    @Test
    void withText_keepsCodeAndCause() {
        IllegalStateException cause = new IllegalStateException("below");
        InferenceException error = new InferenceException(ErrorCode.INTERNAL, "wrong", cause).withText("[id] wrong");
        assertThat(error.code()).isEqualTo(ErrorCode.INTERNAL);
        assertThat(error.text()).isEqualTo("[id] wrong");
        assertThat(error).hasCause(cause);
    }

    @Test
    void request_wants_allOutputsUnlessItNamesSome() {
        InferenceRequest all = Requests.of("a");
        InferenceRequest one = new InferenceRequest("b", all.inputs(), List.of("y"), 1, all.options(),
                all.parameters(), all.memory());
        assertThat(all.wants("x")).isTrue();
        assertThat(one.wants("y")).isTrue();
        assertThat(one.wants("x")).isFalse();
        assertThat(one.input("x")).isNull();
    }
}
