package io.nereid.server.cache;

import io.nereid.inference.NanoClock;

import java.util.concurrent.atomic.LongAdder;

/** Counts and times what a cache does. Thread-safe. */
final class CacheMeter {
    private final NanoClock clock;
    private final LongAdder lookups = new LongAdder();
    private final LongAdder hits = new LongAdder();
    private final LongAdder evictions = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder lookupNanos = new LongAdder();
    private final LongAdder insertNanos = new LongAdder();

    CacheMeter(NanoClock clock) {
        this.clock = clock;
    }

    /** When something begins. */
    long now() {
        return clock.nanoTime();
    }

    void lookedUp(long beganNanos, boolean hit) {
        lookups.increment();
        if (hit) {
            hits.increment();
        }
        lookupNanos.add(clock.nanoTime() - beganNanos);
    }

    void inserted(long beganNanos) {
        insertNanos.add(clock.nanoTime() - beganNanos);
    }

    void evicted() {
        evictions.increment();
    }

    void failed() {
        failures.increment();
    }

    CacheCounts counts(long bytes, long maxBytes, long entries) {
        return new CacheCounts(bytes, maxBytes, entries, lookups.sum(), hits.sum(), evictions.sum(), lookupNanos.sum(),
                insertNanos.sum(), failures.sum());
    }
}
