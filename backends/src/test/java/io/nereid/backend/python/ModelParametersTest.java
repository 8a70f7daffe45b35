package io.nereid.backend.python;

import io.nereid.backend.RunningModel;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

class ModelParametersTest {
    private static ModelParameters of(String... namesAndValues) throws InferenceException {
        StringBuilder config = new StringBuilder("backend: \"python\"\n");
        for (int i = 0; i < namesAndValues.length; i += 2) {
            config.append("parameters { key: \"%s\" value { string_value: \"%s\" } }%n"
                    .formatted(namesAndValues[i], namesAndValues[i + 1]));
        }
        return ModelParameters.of(RunningModel.config("m", config.toString()));
    }

    @Test
    void of_none_areTheDefaults() throws Exception {
        assertThat(of()).isEqualTo(new ModelParameters("", null, false));
    }

    @Test
    void of_all_areRead() throws Exception {
        assertThat(of("EXECUTION_ENV_PATH", "$$TRITON_MODEL_DIRECTORY/env.tar.gz", "FORCE_CPU_ONLY_INPUT_TENSORS", "no",
                "execute_timeout_ms", " 250 ", "strict_outputs", "true", "of_the_models_own", "anything"))
                .isEqualTo(new ModelParameters("$$TRITON_MODEL_DIRECTORY/env.tar.gz", Duration.ofMillis(250), true));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "soon", "", "99999999999999999999"})
    void of_timeoutThatIsNone_namesWhatIsExpected(String value) {
        InferenceException e = catchThrowableOfType(InferenceException.class, () -> of("execute_timeout_ms", value));

        assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG);
        assertThat(e.text()).contains("model 'm'", "execute_timeout_ms is '" + value + "'", "milliseconds, 1 or more");
    }

    @ParameterizedTest
    @CsvSource({"strict_outputs, yes, true or false", "strict_outputs, True, true or false",
            "FORCE_CPU_ONLY_INPUT_TENSORS, true, yes or no"})
    void of_wordThatIsNone_namesWhatIsExpected(String name, String value, String expected) {
        InferenceException e = catchThrowableOfType(InferenceException.class, () -> of(name, value));

        assertThat(e.text()).contains(name, value, expected);
    }
}
