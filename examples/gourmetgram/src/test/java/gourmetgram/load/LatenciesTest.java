package gourmetgram.load;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class LatenciesTest {
    @Test
    void percentiles_areThoseOfNumPy() {
        Latencies latencies = new Latencies(new long[]{40, 10, 30, 20});
        assertThat(latencies.percentile(0)).isEqualTo(10);
        assertThat(latencies.percentile(50)).isEqualTo(25);
        assertThat(latencies.percentile(95)).isCloseTo(38.5, within(1e-9));
        assertThat(latencies.percentile(99)).isCloseTo(39.7, within(1e-9));
        assertThat(latencies.percentile(100)).isEqualTo(40);
    }

    @Test
    void oneAnswer_isEveryPercentile() {
        assertThat(new Latencies(new long[]{7}).percentile(99)).isEqualTo(7);
    }

    @Test
    void noAnswer_hasNoPercentile() {
        assertThat(new Latencies(new long[0]).percentile(50)).isNaN();
    }

    @Test
    void throughputOfOneSender_countsItsAnswersAlone() {
        Latencies latencies = new Latencies(new long[]{100_000_000, 300_000_000});
        assertThat(new Measurement(1, latencies, 2_000_000_000, 0, 0, null).requestsPerSecond()).isEqualTo(5);
        assertThat(new Measurement(2, latencies, 2_000_000_000, 0, 0, null).requestsPerSecond()).isEqualTo(1);
    }
}
