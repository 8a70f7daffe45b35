package io.nereid.inference;

import org.junit.jupiter.api.Test;

import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;

class LateCancellationTest {
    private final LateCancellation cancellation = new LateCancellation();
    private final AtomicInteger cancels = new AtomicInteger();

    @Test
    void cancel_known_cancels() {
        cancellation.bind(cancels::incrementAndGet);
        assertThat(cancels).hasValue(0);
        cancellation.cancel();
        assertThat(cancels).hasValue(1);
    }

    @Test
    void cancel_notKnownYet_cancelsWhenItIs() {
        cancellation.cancel();
        cancellation.bind(cancels::incrementAndGet);
        assertThat(cancels).hasValue(1);
    }

    @Test
    void cancel_whileItBecomesKnown_isNeverLost() throws Exception {
        for (int round = 0; round < 500; round++) {
            LateCancellation raced = new LateCancellation();
            AtomicInteger cancelled = new AtomicInteger();
            Race.run(2, thread -> {
                if (thread == 0) {
                    raced.cancel();
                } else {
                    raced.bind(cancelled::incrementAndGet);
                }
            });
            assertThat(cancelled.get()).isPositive();
        }
    }
}
