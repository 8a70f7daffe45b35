package io.nereid.bench.load.client;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class PaceTest {
    @Test
    void of_severalClients_sharesTheRate() {
        assertThat(Pace.of(4, 100).intervalNanos()).isEqualTo(40_000_000);
    }

    @Test
    void waitNanos_answerThatTook_countsForThePause() {
        assertThat(new Pace(100).waitNanos(1000, 1030)).isEqualTo(70);
    }

    @Test
    void waitNanos_answerThatTookLonger_isNone() {
        assertThat(new Pace(100).waitNanos(1000, 1130)).isZero();
        assertThat(Pace.UNLIMITED.waitNanos(1000, 1000)).isZero();
    }
}
