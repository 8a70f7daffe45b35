package io.nereid.inference;

import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
    void retryAfter_notSaid_isZero() {
        assertThat(new InferenceException(ErrorCode.UNAVAILABLE, "full").retryAfterSeconds()).isZero();
    }

    @Test
    void withRetryAfter_keepsTheRest_andOutlastsAnotherText() {
        InferenceException error = new InferenceException(ErrorCode.UNAVAILABLE, "full").withRetryAfter(3);
        assertThat(error.code()).isEqualTo(ErrorCode.UNAVAILABLE);
        assertThat(error.text()).isEqualTo("full");
        assertThat(error.getStackTrace()).isEmpty();
        assertThat(error.withText("[id] full").retryAfterSeconds()).isEqualTo(3);
    }

    @Test
    void withRetryAfter_withCause_keepsIt() {
        IllegalStateException cause = new IllegalStateException("below");
        InferenceException error = new InferenceException(ErrorCode.UNAVAILABLE, "full", cause).withRetryAfter(1);
        assertThat(error).hasCause(cause);
        assertThat(error.retryAfterSeconds()).isEqualTo(1);
    }

    @Test
    void withRetryAfter_notPositive_isRefused() {
        InferenceException error = new InferenceException(ErrorCode.UNAVAILABLE, "full");
        assertThatThrownBy(() -> error.withRetryAfter(0)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("seconds: got 0 (expected 1 or more)");
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
