package io.nereid.perf.client;

import org.junit.jupiter.api.Test;

import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class PoissonArrivalsTest {
    private static final int MANY = 100_000;

    @Test
    void nextNanos_sameSeed_givesTheSameMoments() {
        assertThat(moments(new PoissonArrivals(4, 50), 100)).isEqualTo(moments(new PoissonArrivals(4, 50), 100));
        assertThat(moments(new PoissonArrivals(4, 50), 100)).isNotEqualTo(moments(new PoissonArrivals(5, 50), 100));
    }

    @Test
    void nextNanos_always_goesForward() {
        assertThat(moments(new PoissonArrivals(2, 1e6), MANY)).isSorted();
    }

    @Test
    void nextNanos_manyArrivals_haveTheRateAskedFor() {
        long[] moments = moments(new PoissonArrivals(1, 250), MANY);

        assertThat(MANY / (moments[MANY - 1] / 1e9)).isCloseTo(250, within(2.5));
    }

    /** In a Poisson process the number of arrivals in a second varies as much as its mean is large. */
    @Test
    void nextNanos_countsPerSecond_haveAVarianceLikeTheirMean() {
        long[] perSecond = new long[1_000];
        PoissonArrivals arrivals = new PoissonArrivals(3, 100);
        for (long moment = arrivals.nextNanos(); moment < 1_000_000_000_000L; moment = arrivals.nextNanos()) {
            perSecond[(int) (moment / 1_000_000_000L)]++;
        }
        double mean = LongStream.of(perSecond).average().orElseThrow();
        double variance = LongStream.of(perSecond).mapToDouble(count -> (count - mean) * (count - mean)).average()
                .orElseThrow();

        assertThat(variance / mean).isBetween(0.85, 1.15);
    }

    @Test
    void of_noRate_isRefused() {
        assertThatThrownBy(() -> new PoissonArrivals(1, 0)).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("perSecond: got 0.0 (expected above 0)");
    }

    private static long[] moments(PoissonArrivals arrivals, int count) {
        return LongStream.generate(arrivals::nextNanos).limit(count).toArray();
    }
}
