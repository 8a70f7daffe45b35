package io.nereid.scheduler.instance;

/**
 * How long to wait before each attempt to replace an instance: nothing before the first, then one second, and twice as
 * long each time up to a minute. An instance that has run for ten minutes begins anew. Pure; not thread-safe.
 */
final class BackOff {
    static final long FIRST_NANOS = 1_000_000_000L;
    static final long MAX_NANOS = 60 * FIRST_NANOS;
    static final long STABLE_NANOS = 600 * FIRST_NANOS;

    private long nextNanos;

    /** An instance is gone that has run for so long. */
    void gone(long ranNanos) {
        if (ranNanos >= STABLE_NANOS) {
            nextNanos = 0;
        }
    }

    /** How long to wait before the next attempt, in nanoseconds. */
    long nextNanos() {
        long delay = nextNanos;
        nextNanos = Math.clamp(2 * delay, FIRST_NANOS, MAX_NANOS);
        return delay;
    }
}
