package io.nereid.scheduler.instance;

import org.junit.jupiter.api.Test;

import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;

class BackOffTest {
    private static final long TENTH = 100_000_000;

    private final BackOff backOff = new BackOff();

    @Test
    void nextNanos_failuresInARow_doublesUpToHalfAMinute() {
        assertThat(LongStream.generate(backOff::nextNanos).limit(12).map(nanos -> nanos / TENTH)).containsExactly(0L,
                1L, 2L, 4L, 8L, 16L, 32L, 64L, 128L, 256L, 300L, 300L);
    }

    @Test
    void gone_instanceRanForLong_beginsAnew() {
        backOff.nextNanos();
        backOff.nextNanos();
        backOff.gone(BackOff.STABLE_NANOS - 1, false);
        assertThat(backOff.nextNanos()).isEqualTo(2 * TENTH);
        backOff.gone(BackOff.STABLE_NANOS, false);
        assertThat(backOff.nextNanos()).isZero();
        assertThat(backOff.nextNanos()).isEqualTo(TENTH);
    }

    @Test
    void gone_instanceHasAnswered_beginsAnew() {
        backOff.nextNanos();
        backOff.nextNanos();
        backOff.gone(1, true);
        assertThat(backOff.nextNanos()).isZero();
    }
}
