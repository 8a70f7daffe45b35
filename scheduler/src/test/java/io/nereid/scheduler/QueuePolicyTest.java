package io.nereid.scheduler;

import io.nereid.scheduler.QueuePolicy.TimeoutAction;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class QueuePolicyTest {
    @Test
    void timeoutNanos_noOverrideAllowed_isTheDefault() {
        QueuePolicy policy = new QueuePolicy(TimeoutAction.REJECT, 5_000, false, 0);
        assertThat(policy.timeoutNanos(0)).isEqualTo(5_000);
        assertThat(policy.timeoutNanos(2)).isEqualTo(5_000);
    }

    @Test
    void timeoutNanos_overrideAllowed_canOnlyBeShorter() {
        QueuePolicy policy = new QueuePolicy(TimeoutAction.REJECT, 5_000, true, 0);
        assertThat(policy.timeoutNanos(0)).as("asks for none").isEqualTo(5_000);
        assertThat(policy.timeoutNanos(4)).isEqualTo(4_000);
        assertThat(policy.timeoutNanos(6)).isEqualTo(5_000);
    }

    /** Triton ignores the request's timeout in this case. */
    @Test
    void timeoutNanos_overrideAllowedAndNoDefault_isWhatTheRequestAsks() {
        QueuePolicy policy = new QueuePolicy(TimeoutAction.DELAY, 0, true, 0);
        assertThat(policy.timeoutNanos(7)).isEqualTo(7_000);
        assertThat(policy.timeoutNanos(0)).isZero();
        assertThat(QueuePolicy.UNLIMITED.timeoutNanos(7)).isZero();
    }

    @Test
    void timeoutNanos_hugeNumbers_areLongAndDoNotWrapAround() {
        QueuePolicy asks = new QueuePolicy(TimeoutAction.REJECT, 0, true, 0);
        QueuePolicy says = new QueuePolicy(TimeoutAction.REJECT, Long.MAX_VALUE, false, 0);
        for (long timeout : new long[]{asks.timeoutNanos(Long.MAX_VALUE), asks.timeoutNanos(Long.MAX_VALUE / 1000 + 1),
                asks.timeoutNanos(Long.MAX_VALUE / 2000), says.timeoutNanos(0)}) {
            assertThat(timeout).isBetween(Long.MAX_VALUE / 5, Long.MAX_VALUE / 4);
        }
    }

    @Test
    void of_negativeLimit_isRefused() {
        assertThatThrownBy(() -> new QueuePolicy(TimeoutAction.REJECT, -1, false, 0))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("defaultTimeoutNanos: -1");
        assertThatThrownBy(() -> new QueuePolicy(TimeoutAction.REJECT, 0, false, -2))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("maxQueueSize: -2");
    }
}
