package io.nereid.scheduler.instance;

import org.junit.jupiter.api.Test;

import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;

class BackOffTest {
    private static final long SECOND = 1_000_000_000;

    private final BackOff backOff = new BackOff();

    @Test
    void nextNanos_failuresInARow_doublesUpToAMinute() {
        assertThat(LongStream.generate(backOff::nextNanos).limit(10).map(nanos -> nanos / SECOND)).containsExactly(0L,
                1L,
                2L, 4L, 8L, 16L, 32L, 60L, 60L, 60L);
    }

    @Test
    void gone_instanceRanForLong_beginsAnew() {
        backOff.nextNanos();
        backOff.nextNanos();
        backOff.gone(BackOff.STABLE_NANOS - 1);
        assertThat(backOff.nextNanos()).isEqualTo(2 * SECOND);
        backOff.gone(BackOff.STABLE_NANOS);
        assertThat(backOff.nextNanos()).isZero();
        assertThat(backOff.nextNanos()).isEqualTo(SECOND);
    }
}
