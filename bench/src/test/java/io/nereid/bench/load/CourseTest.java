package io.nereid.bench.load;

import io.nereid.perf.client.Latencies;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;

class CourseTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void bySecond_answers_areWhereTheyCame() {
        Course course = Course.from(-7, 3);
        course.add(-7, 5);
        course.add(2 * SECOND - 7, 6);
        course.add(3 * SECOND - 8, 4);
        course.add(3 * SECOND - 7, 9);

        assertThat(course.endNanos()).isEqualTo(3 * SECOND - 7);
        assertThat(course.bySecond().stream().map(Latencies::toLine)).isEqualTo(List.of("5", "", "4 6"));
    }

    @Test
    void latencies_writtenAndRead_areTheSame() {
        assertThat(Latencies.parse(Latencies.of(LongStream.of(3, 1, 2)).toLine()).toLine()).isEqualTo("1 2 3");
        assertThat(Latencies.parse(Latencies.NONE.toLine()).count()).isZero();
    }
}
