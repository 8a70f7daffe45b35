package io.nereid.scheduler;

/**
 * How much of its time one thread runs models for requests that it queues: at most half, and at most
 * {@link #MOST_NANOS} in a row; and one at a time, so that a listener that queues the next request gets no deeper.
 * Used by that thread only.
 */
final class CallerShare {
    static final long MOST_NANOS = 500_000;

    /** What is left; it grows by half of the time that passes. */
    private long leftNanos = MOST_NANOS;
    private boolean used;
    private long lastNanos;
    private boolean running;

    /** Whether an execution may begin. */
    boolean allows(long nowNanos) {
        if (used) {
            leftNanos = Math.min(MOST_NANOS, leftNanos + Math.max(0, nowNanos - lastNanos) / 2);
        }
        used = true;
        lastNanos = nowNanos;
        return !running && leftNanos >= InlineExecution.LIMIT_NANOS;
    }

    /** One begins that it {@link #allows}; its listener is called before {@link #end}. */
    void begin() {
        running = true;
    }

    /** The execution took so long. */
    void spend(long nanos) {
        leftNanos -= nanos;
    }

    void end() {
        running = false;
    }
}
