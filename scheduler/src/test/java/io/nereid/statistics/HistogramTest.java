package io.nereid.statistics;

import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class HistogramTest {
    @Test
    void record_values_fallIntoTheFirstBucketThatHoldsThem() {
        Histogram histogram = new Histogram(HistogramBounds.of(10, 20, 50));
        for (long value : new long[]{0, 10, 11, 20, 50, 51, 1_000}) {
            histogram.record(value);
        }
        HistogramSnapshot snapshot = histogram.snapshot();
        assertThat(snapshot.counts()).isEqualTo(List.of(2L, 2L, 1L, 2L));
        assertThat(snapshot.sum()).isEqualTo(1_142);
        assertThat(snapshot.count()).isEqualTo(7);
    }

    @Test
    void record_noBounds_countsAll() {
        Histogram histogram = new Histogram(HistogramBounds.of());
        histogram.record(3);
        assertThat(histogram.snapshot().counts()).isEqualTo(List.of(1L));
    }

    @Test
    void bounds_thatDoNotAscend_areRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> HistogramBounds.of(1, 1))
                .withMessage("upper: got [1, 1] (expected ascending bounds)");
    }
}
