package io.nereid.server.transport;

import org.junit.jupiter.api.Test;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import static org.assertj.core.api.Assertions.assertThat;

class OncePerMinuteTest {
    @Test
    void isDue_onceAndNotAgainWithinAMinute() {
        AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5); // a clock may overflow
        OncePerMinute log = new OncePerMinute(now::get);
        assertThat(log.isDue()).isTrue();
        assertThat(log.isDue()).isFalse();
        now.addAndGet(TimeUnit.SECONDS.toNanos(59));
        assertThat(log.isDue()).isFalse();
        now.addAndGet(TimeUnit.SECONDS.toNanos(1));
        assertThat(log.isDue()).isTrue();
        assertThat(log.isDue()).isFalse();
    }
}
