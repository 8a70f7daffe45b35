package io.nereid.perf.client;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class ArrivalsTest {
    @Test
    void constantRate_hasNoErrorThatAddsUp() {
        Arrivals arrivals = Arrivals.constant(3, 0);
        long last = 0;
        for (int i = 0; i < 3_000_001; i++) {
            last = arrivals.nextNanos();
        }
        assertThat(last).isEqualTo(1_000_000_000_000_000L);
    }

    @Test
    void constantRate_ofThreads_isShifted() {
        assertThat(Arrivals.constant(500, 0).nextNanos()).isZero();
        assertThat(Arrivals.constant(500, 0.5).nextNanos()).isEqualTo(1_000_000);
    }

    @Test
    void constantRate_aboveZeroOnly() {
        assertThatIllegalArgumentException().isThrownBy(() -> Arrivals.constant(0, 0))
                .withMessage("perSecond: got 0.0 (expected above 0)");
    }
}
