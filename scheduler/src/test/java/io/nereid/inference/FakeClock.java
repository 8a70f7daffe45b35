package io.nereid.inference;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that stands still until a test moves it. Thread-safe. */
public final class FakeClock implements NanoClock {
    private final AtomicLong nanos;

    /** A clock at an arbitrary moment. */
    public FakeClock() {
        this(1_000_000_007L);
    }

    /** A clock at {@code startNanos}: near {@link Long#MAX_VALUE} it shows who compares instead of subtracting. */
    public FakeClock(long startNanos) {
        nanos = new AtomicLong(startNanos);
    }

    @Override
    public long nanoTime() {
        return nanos.get();
    }

    /** Lets time pass. */
    public void advance(Duration duration) {
        advanceNanos(duration.toNanos());
    }

    /** Lets nanoseconds pass. */
    public void advanceNanos(long more) {
        if (more < 0) {
            throw new IllegalArgumentException("time does not run backwards: " + more);
        }
        nanos.addAndGet(more);
    }
}
