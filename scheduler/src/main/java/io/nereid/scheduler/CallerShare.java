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
    /** How long those have taken whose answers wait. */
    private long togetherNanos;

    /** Whether an execution may begin. */
    boolean allows(long nowNanos) {
        return !running && hasTime(nowNanos);
    }

    /** Whether another one may follow before the answers are handed on: they wait for so long at most. */
    boolean goesOn(long nowNanos) {
        return togetherNanos < InlineExecution.LIMIT_NANOS && hasTime(nowNanos);
    }

    private boolean hasTime(long nowNanos) {
        if (used) {
            leftNanos = Math.min(MOST_NANOS, leftNanos + Math.max(0, nowNanos - lastNanos) / 2);
        }
        used = true;
        lastNanos = nowNanos;
        return leftNanos >= InlineExecution.LIMIT_NANOS;
    }

    /** One begins that it {@link #allows}; its listener is called before {@link #end}, and those of what follows. */
    void begin() {
        running = true;
        togetherNanos = 0;
    }

    /** The execution took so long. */
    void spend(long nanos) {
        leftNanos -= nanos;
        togetherNanos += nanos;
    }

    void end() {
        running = false;
    }
}
