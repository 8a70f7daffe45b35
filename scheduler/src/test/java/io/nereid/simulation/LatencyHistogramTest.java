package io.nereid.simulation;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.SplittableRandom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

class LatencyHistogramTest {
    private final LatencyHistogram histogram = new LatencyHistogram();

    @Test
    void quantile_nothingRecorded_isZero() {
        assertThat(histogram.quantile(0.99)).isZero();
    }

    @Test
    void quantile_durationsOfAllSizes_isWithinHalfAPercent() {
        SplittableRandom random = new SplittableRandom(3);
        long[] values = random.longs(10_000, 0, 50).map(bits -> random.nextLong(1L << bits)).toArray();
        Arrays.stream(values).forEach(histogram::record);
        Arrays.sort(values);

        for (double share : new double[]{0.01, 0.5, 0.9, 0.99, 1}) {
            assertThat(histogram.quantile(share)).isCloseTo(values[(int) Math.ceil(share * values.length) - 1],
                    withPercentage(0.5));
        }
    }

    @Test
    void clear_recorded_startsAgain() {
        histogram.record(Long.MAX_VALUE);
        histogram.clear();
        histogram.record(7);

        assertThat(histogram.quantile(0.99)).isEqualTo(7);
        assertThat(histogram.count()).isEqualTo(1);
    }
}
