package io.nereid.bench.load.server;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class UsageTest {
    @Test
    void residentBytes_statusOfAProcess_isInBytes() throws IOException {
        assertThat(UsageProbe.residentBytes("Name:\tjava\nVmHWM:\t  9 kB\nVmRSS:\t  131072 kB\nThreads:\t2\n"))
                .isEqualTo(128L << 20);
    }

    @Test
    void residentBytes_otherText_isRefused() {
        assertThatThrownBy(() -> UsageProbe.residentBytes("Name:\tjava\n")).isInstanceOf(IOException.class);
    }

    @Test
    void course_samples_tellsStartQuarterHighestAndEnd() {
        UsageCourse course = new UsageCourse(
                Stream.of(10L, 20L, 50L, 40L, 30L).map(bytes -> new Usage(bytes, 2 * bytes, 7, 100 + bytes)).toList());

        assertThat(course.residentBytes()).isEqualTo(new UsageCourse.Figure(10, 20, 50, 30));
        assertThat(course.heapBytes()).isEqualTo(new UsageCourse.Figure(20, 40, 100, 60));
        assertThat(course.cpuNanos()).isEqualTo(20);
    }

    @Test
    void course_noSamples_isRefused() {
        assertThatThrownBy(() -> new UsageCourse(List.of())).isInstanceOf(IllegalArgumentException.class);
    }
}
