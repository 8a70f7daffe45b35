package io.nereid.backend.isolation;

import io.nereid.backend.RunningModel;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class IsolationSettingsTest {
    private static ModelConfig config(String more) {
        return RunningModel.config("m", """
                backend: "onnxruntime"
                input { name: "I" data_type: TYPE_FP32 dims: 1 }
                output { name: "O" data_type: TYPE_FP32 dims: 1 }
                """ + more);
    }

    private static String parameter(String name, String value) {
        return "parameters { key: \"" + name + "\" value { string_value: \"" + value + "\" } }\n";
    }

    @Test
    void of_nothing_isAsInTheDocuments() throws InferenceException {
        assertThat(IsolationSettings.of(config("")))
                .isEqualTo(new IsolationSettings(0, Duration.ofMinutes(10), null));
    }

    @Test
    void of_allParameters_areThose() throws InferenceException {
        assertThat(IsolationSettings.of(config(parameter("isolation.memory_limit_mb", "512")
                + parameter("isolation.load_timeout_ms", " 2000 ") + parameter("execute_timeout_ms", "30"))))
                .isEqualTo(new IsolationSettings(512L << 20, Duration.ofSeconds(2), Duration.ofMillis(30)));
    }

    @ParameterizedTest
    @CsvSource({"isolation.memory_limit_mb, 255, a whole number from 256", "isolation.load_timeout_ms, 0, from 1 to",
            "execute_timeout_ms, soon, from 1 to", "isolation.memory_limit, 512, did you mean"})
    void of_whatMakesNoSense_isRefused(String name, String value, String text) {
        assertThatThrownBy(() -> IsolationSettings.of(config(parameter(name, value))))
                .isInstanceOfSatisfying(InferenceException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG))
                .hasMessageContaining(text).hasMessageContaining(name);
    }

    @ParameterizedTest
    @CsvSource({"instance_group { kind: KIND_GPU gpus: 0 count: 1 }, CPU only",
            "sequence_batching { state { input_name: \"S\" output_name: \"S\" data_type: TYPE_FP32 dims: 1 } }, state"})
    void check_ofWhatWorkersDoNot_isRefused(String more, String text) {
        assertThatThrownBy(() -> IsolationSettings.check(config(more)))
                .isInstanceOfSatisfying(InferenceException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED))
                .hasMessageContaining(text);
    }
}
