package io.nereid.backend;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class PauseTest {
    private static final Duration LONG = Duration.ofDays(1);

    @Test
    void sleep_notEnded_passesTheWholeTime() {
        List<Duration> slept = new ArrayList<>();
        Pause pause = new Pause(slept::add);
        assertThat(pause.sleep(LONG)).isTrue();
        assertThat(pause.sleep(LONG)).isTrue();
        assertThat(slept).containsExactly(LONG, LONG);
    }

    @Test
    void end_duringASleep_wakesItAndLeavesNoInterrupt() throws Exception {
        CountDownLatch sleeping = new CountDownLatch(1);
        AtomicBoolean whole = new AtomicBoolean(true);
        AtomicBoolean interrupted = new AtomicBoolean(true);
        Pause pause = new Pause(_ -> {
            sleeping.countDown();
            new CountDownLatch(1).await();
        });
        Thread sleeper = Thread.ofVirtual().start(() -> {
            whole.set(pause.sleep(LONG));
            interrupted.set(Thread.currentThread().isInterrupted());
        });
        sleeping.await();
        pause.end();
        sleeper.join();
        assertThat(whole).isFalse();
        assertThat(interrupted).isFalse();
    }

    @Test
    void end_justAsTheSleepIsOver_leavesNoInterrupt() {
        Pause[] pause = new Pause[1];
        pause[0] = new Pause(_ -> pause[0].end());
        assertThat(pause[0].sleep(LONG)).isFalse();
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void sleep_ended_doesNotSleep() {
        Pause pause = new Pause(_ -> {
            throw new AssertionError("slept");
        });
        pause.end();
        assertThat(pause.sleep(LONG)).isFalse();
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
    }

    @Test
    void sleep_interruptedBySomebodyElse_keepsTheInterrupt() {
        Pause pause = new Pause(_ -> {
            throw new InterruptedException();
        });
        assertThat(pause.sleep(LONG)).isFalse();
        assertThat(Thread.interrupted()).isTrue();
    }
}
