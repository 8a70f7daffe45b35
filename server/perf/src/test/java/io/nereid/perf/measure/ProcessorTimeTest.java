package io.nereid.perf.measure;

import org.junit.jupiter.api.Test;

import java.io.IOException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ProcessorTimeTest {
    @Test
    void stat_isReadBehindTheNameOfTheProgram() throws IOException {
        assertThat(ProcessorTime.parse("4711 (a) name) (x) S 1 4711 4711 0 -1 4194560 99 0 0 0 150 50 0 0 20 0 1 0"))
                .isEqualTo(2_000_000_000L);
    }

    @Test
    void otherText_isRefused() {
        assertThatThrownBy(() -> ProcessorTime.parse("12 (java) S 1")).isInstanceOf(IOException.class);
    }

    @Test
    void nanosOf_thisProcess_isWhatItUsed() throws IOException {
        assertThat(ProcessorTime.nanosOf(ProcessHandle.current().pid())).isPositive();
    }
}
