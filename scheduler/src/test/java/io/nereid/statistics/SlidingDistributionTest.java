package io.nereid.statistics;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class SlidingDistributionTest {
    private static final List<Double> QUANTILES = List.of(0.0, 0.5, 0.9, 0.99, 0.999, 1.0);

    private final SlidingDistribution distribution = new SlidingDistribution();

    @Test
    void bucket_everyValue_isStoodForByOneWithinTwoPercent() {
        for (long value = 0; value < 1L << 34; value = value * 33 / 32 + 1) {
            double middle = SlidingDistribution.middle(SlidingDistribution.bucket(value));
            assertThat(middle).isCloseTo((double) value, within(value / 64.0));
        }
    }

    @Test
    void bucket_growingValues_neverFallsAndSkipsNone() {
        int last = SlidingDistribution.bucket(0);
        for (long value = 1; value < 10_000; value++) {
            int bucket = SlidingDistribution.bucket(value);
            assertThat(bucket - last).isBetween(0, 1);
            last = bucket;
        }
    }

    @Test
    void snapshot_randomValues_hasTheirQuantiles() {
        Random random = new Random(3);
        double[] values = new double[20_000];
        for (int i = 0; i < values.length; i++) {
            long value = (long) Math.exp(random.nextDouble() * 15);
            values[i] = value;
            distribution.record(value);
        }
        Arrays.sort(values);
        for (SummarySnapshot.Quantile quantile : distribution.snapshot(QUANTILES).quantiles()) {
            double expected = values[(int) Math.max(0, Math.ceil(quantile.quantile() * values.length) - 1)];
            assertThat(quantile.value()).isCloseTo(expected, within(expected / 64));
        }
    }

    @Test
    void snapshot_noValues_hasNoQuantiles() {
        SummarySnapshot empty = distribution.snapshot(List.of(0.5));
        assertThat(empty.quantiles().getFirst().value()).isNaN();
        assertThat(empty.count()).isZero();
    }

    @Test
    void slide_fiveSteps_forgetsTheValuesButNotTheirSum() {
        distribution.record(10);
        for (int i = 1; i < SlidingDistribution.STEPS; i++) {
            distribution.slide();
            assertThat(distribution.snapshot(List.of(0.5)).quantiles().getFirst().value()).isEqualTo(10);
        }
        distribution.slide();
        distribution.record(30);
        SummarySnapshot later = distribution.snapshot(List.of(0.0, 0.5));
        assertThat(later.quantiles()).allSatisfy(quantile -> assertThat(quantile.value()).isEqualTo(30));
        assertThat(later.count()).isEqualTo(2);
        assertThat(later.sum()).isEqualTo(40);
    }

    @Test
    void record_hugeAndNegativeValues_countAtTheEnds() {
        distribution.record(Long.MAX_VALUE);
        distribution.record(-1);
        List<SummarySnapshot.Quantile> ends = distribution.snapshot(List.of(0.0, 1.0)).quantiles();
        assertThat(ends.getFirst().value()).isZero();
        assertThat(ends.getLast().value()).isGreaterThan(3e10);
    }
}
