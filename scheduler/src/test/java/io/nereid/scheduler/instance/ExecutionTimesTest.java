package io.nereid.scheduler.instance;

import io.nereid.inference.FakeClock;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ExecutionTimesTest {
    private final FakeClock clock = new FakeClock(Long.MAX_VALUE - 10); // wraps around in the middle
    private final ExecutionTimes times = new ExecutionTimes(clock);

    private void expect(long input, long infer, long output) {
        assertThat(times.inputNanos()).isEqualTo(input);
        assertThat(times.inferNanos()).isEqualTo(infer);
        assertThat(times.outputNanos()).isEqualTo(output);
        assertThat(times.executionNanos()).isEqualTo(input + infer + output);
    }

    private void run() {
        times.start();
        clock.advanceNanos(5);
        times.inputsReady();
        clock.advanceNanos(70);
        times.outputsStart();
        clock.advanceNanos(3);
        times.end();
    }

    @Test
    void end_allPartsSaid_dividesTheTime() {
        run();
        expect(5, 70, 3);
        assertThat(times.endNanos() - times.startNanos()).isEqualTo(78);
    }

    @Test
    void end_nothingSaid_isAllComputing() {
        run();
        times.start(); // nothing is left of the execution before
        clock.advanceNanos(9);
        times.end();
        expect(0, 9, 0);
    }

    @Test
    void executed_isWhatARequestKeeps() {
        run();
        assertThat(times.executed(4).rows()).isEqualTo(4);
        assertThat(times.executed(4).endNanos() - times.executed(4).startNanos()).isEqualTo(78);
    }
}
