package io.nereid.bench.load.server;

import org.junit.jupiter.api.Test;

import java.io.IOException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ProcessorTimeTest {
    @Test
    void parse_nameWithBlanksAndParentheses_findsUserAndSystemTime() throws IOException {
        assertThat(ProcessorTime.parse("12 (a b) c) S 1 12 12 0 -1 4194560 9 0 0 0 150 50 7 8 20 0 30 0 99\n"))
                .isEqualTo(2_000_000_000L);
    }

    @Test
    void parse_otherText_isRefused() {
        assertThatThrownBy(() -> ProcessorTime.parse("12 (java) S 1")).isInstanceOf(IOException.class);
    }

    @Test
    void nanosOf_thisProcess_grows() throws IOException {
        assertThat(ProcessorTime.nanosOf(ProcessHandle.current().pid())).isPositive();
    }
}
