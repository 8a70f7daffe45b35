package io.nereid.scheduler.tuning;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

class ArrivalRateTest {
    private static final long WINDOW = 1_000;

    private final ArrivalRate rate = new ArrivalRate(WINDOW);
    private long now = Long.MAX_VALUE - 5_000;

    @Test
    void rowsPerNano_nothingCame_isZero() {
        assertThat(rate.rowsPerNano()).isZero();
    }

    @Test
    void rowsPerNano_steadyRequests_isTheirRate() {
        come(200, 50, 2);

        assertThat(rate.rowsPerNano()).isCloseTo(2.0 / 50, withPercentage(5));
    }

    @Test
    void rowsPerNano_rateRises_followsWithinTheWindow() {
        come(200, 50, 1);
        come(100, 5, 1);

        assertThat(rate.rowsPerNano()).isGreaterThan(0.08);
    }

    @Test
    void rowsPerNano_silenceBetweenBursts_keepsTheRateOfTheBurst() {
        come(1000, 5, 1);
        now += 1000 * WINDOW;
        come(1, 5, 1);

        assertThat(rate.rowsPerNano()).isCloseTo(0.2, withPercentage(15));
    }

    @Test
    void rowsPerNano_rateFalls_followsInTime() {
        come(1000, 5, 1);
        come(3000, 50, 1);

        assertThat(rate.rowsPerNano()).isCloseTo(0.02, withPercentage(10));
    }

    private void come(int requests, long gap, int rows) {
        for (int i = 0; i < requests; i++) {
            now += gap;
            rate.arrived(rows, now);
        }
    }
}
