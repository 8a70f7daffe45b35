package io.nereid.scheduler;

import io.nereid.inference.FakeClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class ShortExecutionsTest {
    private static final long LIMIT = InlineExecution.LIMIT_NANOS;

    private final ShortExecutions executions = new ShortExecutions(ShortExecutions.REQUIRED);

    private void onInstance(int times, long nanos, long now) {
        for (int i = 0; i < times; i++) {
            executions.onInstance(nanos, now);
        }
    }

    @Test
    void areShort_asManyInARowAsRequired_isTrue() {
        onInstance(ShortExecutions.REQUIRED - 1, LIMIT, 0);
        assertThat(executions.areShort()).isFalse();
        onInstance(1, LIMIT, 0);
        assertThat(executions.areShort()).isTrue();
        onInstance(5, 0, 0);
        assertThat(executions.areShort()).isTrue();
    }

    @Test
    void areShort_oneInBetweenWasNot_countsAnew() {
        onInstance(ShortExecutions.REQUIRED - 1, 0, 0);
        onInstance(1, LIMIT + 1, 0);
        onInstance(ShortExecutions.REQUIRED - 1, 0, 0);
        assertThat(executions.areShort()).isFalse();
    }

    /** Clocks may be near their end: they are subtracted, not compared. */
    @ParameterizedTest
    @ValueSource(longs = {0, Long.MAX_VALUE - 1_000})
    void wasLong_measuredAgainOnlyWhenTheCallersTimeIsMadeUpFor(long start) {
        FakeClock clock = new FakeClock(start);
        onInstance(ShortExecutions.REQUIRED, 0, clock.nanoTime());
        executions.wasLong(2 * LIMIT, clock.nanoTime());
        assertThat(executions.areShort()).isFalse();

        clock.advanceNanos(ShortExecutions.PAUSE * 2 * LIMIT - 1);
        onInstance(2 * ShortExecutions.REQUIRED, 0, clock.nanoTime());
        assertThat(executions.areShort()).isFalse();

        clock.advanceNanos(1);
        onInstance(ShortExecutions.REQUIRED, 0, clock.nanoTime());
        assertThat(executions.areShort()).isTrue();
    }

    @Test
    void wasLong_anyTime_overflowsNothing() {
        executions.wasLong(Long.MAX_VALUE, 0);
        onInstance(ShortExecutions.REQUIRED, 0, 1);
        assertThat(executions.areShort()).isFalse();
    }
}
