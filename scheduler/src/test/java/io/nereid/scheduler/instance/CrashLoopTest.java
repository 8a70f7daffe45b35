package io.nereid.scheduler.instance;

import io.nereid.inference.FakeClock;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class CrashLoopTest {
    private final long start = new FakeClock(Long.MAX_VALUE - 10).nanoTime(); // wraps around in the middle

    private final CrashLoop crashLoop = new CrashLoop();

    private void gone(int times) {
        for (int i = 0; i < times; i++) {
            crashLoop.gone(start + i, "exit code " + i);
        }
    }

    @Test
    void describe_fourTimes_isNothing() {
        gone(4);
        assertThat(crashLoop.describe("m_0_0", start + 4)).isEmpty();
    }

    @Test
    void describe_fiveTimesWithinAMinute_namesTheLastReason() {
        gone(5);
        assertThat(crashLoop.describe("m_0_0", start + 5)).isEqualTo(
                "instance 'm_0_0' was gone 5 times within 60 s, the last time because: exit code 4");
    }

    @Test
    void describe_whenTheFirstOfFiveIsLongAgo_isNothing() {
        gone(5);
        assertThat(crashLoop.describe("m_0_0", start + CrashLoop.WITHIN_NANOS)).isNotEmpty();
        assertThat(crashLoop.describe("m_0_0", start + CrashLoop.WITHIN_NANOS + 1)).isEmpty();
    }

    @Test
    void describe_moreThanFive_countsTheLastFive() {
        gone(7);
        assertThat(crashLoop.describe("m_0_0", start + CrashLoop.WITHIN_NANOS + 2)).isNotEmpty();
        assertThat(crashLoop.describe("m_0_0", start + CrashLoop.WITHIN_NANOS + 3)).isEmpty();
    }
}
