package io.nereid.backend.python;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

class PythonSettingsTest {
    @Test
    void of_nothing_isTheDefault() throws Exception {
        assertThat(PythonSettings.of(Map.of()))
                .isEqualTo(new PythonSettings("python3", false, null, Duration.ofSeconds(30)));
    }

    @Test
    void of_everything_isRead() throws Exception {
        assertThat(PythonSettings.of(Map.of("python-runtime", "/opt/py/bin/python", "allow-requirements", "true",
                "environment-cache", "/var/envs", "stub-timeout-seconds", "5", "shm-default-byte-size", "1048576",
                "shm-growth-byte-size", "2097152",
                "shm-region-prefix-name", "x", "thread-pool-size", "1", "shm_message_queue_size", "10",
                "default-max-batch-size", "4")))
                .isEqualTo(new PythonSettings("/opt/py/bin/python", true, Path.of("/var/envs"), Duration.ofSeconds(5)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            shm-default-byte-size  | 1048575 | expected a number, 1048576 or more
            shm-growth-byte-size   | much    | expected a number, 1048576 or more
            thread-pool-size       | 0       | expected a number, 1 or more
            shm_message_queue_size | -1      | expected a number, 1 or more
            stub-timeout-seconds   | 0       | expected a number, 1 or more
            allow-requirements     | yes     | expected true or false
            python-runtime         | ' '     | expected the path of a Python interpreter
            environment-cache      | ' '     | expected the path of a folder
            python-runtim          | python3 | unknown setting (expected python-runtime, allow-requirements
            """)
    void of_whatMakesNoSense_isRefusedByName(String key, String value, String why) {
        InferenceException e = catchThrowableOfType(InferenceException.class,
                () -> PythonSettings.of(Map.of(key, value)));

        assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG);
        assertThat(e.text()).startsWith("--backend-config python," + key + "=" + value).contains(why);
    }
}
