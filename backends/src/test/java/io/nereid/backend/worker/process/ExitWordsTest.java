package io.nereid.backend.worker.process;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class ExitWordsTest {
    @ParameterizedTest
    @CsvSource({"0, exit code 0", "1, exit code 1", "128, exit code 128", "137, signal 9 (SIGKILL)",
            "139, signal 11 (SIGSEGV)", "138, signal 10", "192, signal 64", "193, exit code 193", "255, exit code 255"})
    void of_whatProcessesEndWith(int exitValue, String words) {
        assertThat(ExitWords.of(exitValue)).isEqualTo(words);
    }
}
