package io.nereid.server.transport;

import io.nereid.inference.NanoClock;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Says of what happens again and again when the operator is to know of it: the first time, and then not within a
 * minute.
 */
public final class OncePerMinute {
    private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final NanoClock clock;
    /** When it is due again. */
    private final AtomicLong next;

    /** One that is due at once. */
    public OncePerMinute(NanoClock clock) {
        this.clock = clock;
        this.next = new AtomicLong(clock.nanoTime());
    }

    /** Whether it is due; if so it is not for the next minute. Thread-safe. */
    public boolean isDue() {
        long due = next.get();
        long now = clock.nanoTime();
        return now - due >= 0 && next.compareAndSet(due, now + MINUTE_NANOS);
    }
}
