package io.nereid.server.signals;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;

@NullMarked
@Timeout(60)
class ProcessSignalsTest {
    private static final Duration LONG = Duration.ofHours(1);

    private final AtomicInteger ended = new AtomicInteger();
    private final ProcessSignals signals = new ProcessSignals(ended::incrementAndGet);

    @Test
    void await_firstSignal_saysWhichItWas() throws Exception {
        CompletableFuture<String> name = new CompletableFuture<>();
        Thread waiting = Thread.startVirtualThread(() -> name.completeAsync(this::await));
        signals.receive("SIGINT");
        signals.receive("SIGTERM");
        waiting.join();
        assertThat(name.get()).isEqualTo("SIGINT");
    }

    private String await() {
        try {
            return signals.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void awaitAgain_secondSignalDuringTheGrace_endsItAndNotTheProcess() throws Exception {
        signals.receive("SIGTERM");
        Thread other = Thread.startVirtualThread(() -> signals.receive("SIGTERM"));
        assertThat(signals.awaitAgain(LONG)).isTrue();
        other.join();
        assertThat(ended).hasValue(0);
    }

    @Test
    void awaitAgain_secondSignalBeforeIt_isNotForgotten() throws Exception {
        signals.receive("SIGTERM");
        signals.receive("SIGTERM");
        assertThat(signals.awaitAgain(LONG)).isTrue();
    }

    @Test
    void awaitAgain_noSecondSignal_endsWithTheGrace() throws Exception {
        signals.receive("SIGTERM");
        assertThat(signals.awaitAgain(Duration.ofMillis(1))).isFalse();
        assertThat(ended).hasValue(0);
    }

    @Test
    void tell_afterTheGrace_endsTheProcess() throws Exception {
        signals.receive("SIGTERM");
        signals.awaitAgain(Duration.ZERO);
        signals.receive("SIGINT");
        assertThat(ended).hasValue(1);
    }
}
