package io.nereid.backend;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class IsolationTest {
    private static ModelConfig config(String... namesAndValues) {
        StringBuilder text = new StringBuilder("backend: \"b\"\n");
        for (int i = 0; i < namesAndValues.length; i += 2) {
            text.append("parameters { key: \"").append(namesAndValues[i]).append("\" value { string_value: \"")
                    .append(namesAndValues[i + 1]).append("\" } }\n");
        }
        return RunningModel.config("m", text.toString());
    }

    @Test
    void isAsked_byTheWordProcessAlone() throws InferenceException {
        assertThat(Isolation.isAsked(config())).isFalse();
        assertThat(Isolation.isAsked(config("isolation", "none"))).isFalse();
        assertThat(Isolation.isAsked(config("isolation", " process "))).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"NEVER, none", "ON_REQUEST, process", "ON_REQUEST, none", "ALWAYS, process"})
    void check_whatAModelGets_passes(Isolation isolation, String value) {
        assertThatCode(() -> isolation.check(config("isolation", value), "models of backend 'b'"))
                .doesNotThrowAnyException();
        assertThatCode(() -> isolation.check(config("other", value), "models of backend 'b'"))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({"NEVER, isolation, process, 'is ''process'', which models of backend ''b'' cannot have'",
            "NEVER, isolation, thread, expected process or none",
            "ON_REQUEST, isolation, thread, expected process or none",
            "ALWAYS, isolation, thread, expected process or none",
            "NEVER, isolation.memory_limit_mb, 512, has no effect on models of backend 'b'",
            "ON_REQUEST, isolation.memory_limit_mb, 512, has no effect without parameter 'isolation'",
            "ALWAYS, isolation.memory_limit_mb, 512, has no effect on models of backend 'b'"})
    void check_whatAModelDoesNotGet_isRefused(Isolation isolation, String name, String value, String text) {
        assertThatThrownBy(() -> isolation.check(config(name, value), "models of backend 'b'"))
                .isInstanceOfSatisfying(InferenceException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG))
                .hasMessageStartingWith("unable to load model 'm': parameter '" + name + "'")
                .hasMessageContaining(text);
    }
}
