package io.nereid.scheduler.instance;

/**
 * How long to wait before each attempt to replace an instance: nothing before the first, then a tenth of a second, and
 * twice as long each time up to half a minute. It begins anew after an instance that was of use: one that has answered
 * a request, or has run for a minute. Pure; not thread-safe.
 */
final class BackOff {
    static final long FIRST_NANOS = 100_000_000L;
    static final long MAX_NANOS = 300 * FIRST_NANOS;
    static final long STABLE_NANOS = 600 * FIRST_NANOS;

    private long nextNanos;

    /**
     * An instance is gone.
     *
     * @param ranNanos for how long it has run
     * @param answered whether it has answered a request
     */
    void gone(long ranNanos, boolean answered) {
        if (answered || ranNanos >= STABLE_NANOS) {
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
