package io.nereid.server.metrics;

import io.nereid.inference.NanoClock;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.function.Supplier;

/** Something that is measured when it is asked for, but not again before an interval has passed. Not thread-safe. */
final class Measurement<T> {
    private final NanoClock clock;
    private final long intervalNanos;
    private final Supplier<T> measure;
    private long measuredNanos;
    private @Nullable T last;

    Measurement(NanoClock clock, Duration interval, Supplier<T> measure) {
        this.clock = clock;
        this.intervalNanos = interval.toNanos();
        this.measure = measure;
    }

    /** What was measured last, or is measured now. */
    T value() {
        T value = last;
        long now = clock.nanoTime();
        if (value == null || now - measuredNanos >= intervalNanos) {
            value = measure.get();
            last = value;
            measuredNanos = now;
        }
        return value;
    }
}
