package io.nereid.scheduler;

import io.nereid.inference.FakeClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class ShortExecutionsTest {
    private static final long LIMIT = InlineExecution.LIMIT_NANOS;
    private static final long TOLERATED = ShortExecutions.TOLERATED_NANOS;

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
        executions.wasLong(2 * TOLERATED, clock.nanoTime());
        assertThat(executions.areShort()).isFalse();

        clock.advanceNanos(ShortExecutions.PAUSE * 2 * TOLERATED - 1);
        onInstance(2 * ShortExecutions.REQUIRED, 0, clock.nanoTime());
        assertThat(executions.areShort()).isFalse();

        clock.advanceNanos(1);
        onInstance(ShortExecutions.REQUIRED, 0, clock.nanoTime());
        assertThat(executions.areShort()).isTrue();
    }

    @Test
    void wasLong_togetherAsMuchAsIsTolerated_staysShort() {
        onInstance(ShortExecutions.REQUIRED, 0, 0);
        executions.wasLong(TOLERATED / 2, 0);
        executions.wasLong(TOLERATED / 2, 0);
        assertThat(executions.areShort()).isTrue();
        executions.wasLong(1, 0);
        assertThat(executions.areShort()).isFalse();
    }

    @Test
    void wasLong_oneThatTookTooLong_isTheLast() {
        onInstance(ShortExecutions.REQUIRED, 0, 0);
        executions.wasLong(TOLERATED + 1, 0);
        assertThat(executions.areShort()).isFalse();
    }

    @Test
    void wasLong_oneInAHundredthOfTheTime_staysShortForEver() {
        onInstance(ShortExecutions.REQUIRED, 0, 0);
        long now = 0;
        for (int i = 0; i < 1_000; i++) {
            executions.wasLong(TOLERATED, now);
            assertThat(executions.areShort()).isTrue();
            now += ShortExecutions.PAUSE * TOLERATED;
        }
    }

    @Test
    void wasLong_moreThanAHundredthOfTheTime_endsSoonerOrLater() {
        onInstance(ShortExecutions.REQUIRED, 0, 0);
        long now = 0;
        int taken = 0;
        while (executions.areShort() && taken < 1_000) {
            executions.wasLong(TOLERATED / 10, now);
            now += ShortExecutions.PAUSE * TOLERATED / 20;
            taken++;
        }
        assertThat(taken).isBetween(10, 25);
    }

    /** What was long before the pause has been paid for by it. */
    @Test
    void wasLong_afterThePause_isToleratedAgain() {
        onInstance(ShortExecutions.REQUIRED, 0, 0);
        executions.wasLong(2 * TOLERATED, 0);
        long end = 0 + ShortExecutions.PAUSE * 2 * TOLERATED;
        onInstance(ShortExecutions.REQUIRED, 0, end);
        executions.wasLong(TOLERATED, end);
        assertThat(executions.areShort()).isTrue();
    }

    @Test
    void wasLong_anyTime_overflowsNothing() {
        executions.wasLong(Long.MAX_VALUE, 0);
        onInstance(ShortExecutions.REQUIRED, 0, 1);
        assertThat(executions.areShort()).isFalse();
    }
}
