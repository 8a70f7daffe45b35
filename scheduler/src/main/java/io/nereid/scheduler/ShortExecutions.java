package io.nereid.scheduler;

/**
 * Whether the executions of a model are short: {@value #REQUIRED} in a row on its instances' own threads, of single
 * requests with few bytes, took at most {@link InlineExecution#LIMIT_NANOS}, and none on the thread of a caller has
 * taken longer since. One that has may take as long as it likes; so the model is measured again only after
 * {@value #PAUSE} times that has passed, and such executions hold callers up for at most a hundredth of the time. Used
 * under the scheduler's lock.
 */
final class ShortExecutions {
    static final int REQUIRED = 100;
    static final int PAUSE = 100;
    private static final long LONGEST_NANOS = 3_600_000_000_000L;

    private final int required;
    private int inARow;
    private boolean paused;
    private long pauseEndNanos;

    /** @param required how many in a row */
    ShortExecutions(int required) {
        this.required = required;
    }

    boolean areShort() {
        return inARow == required;
    }

    /** One has run on its instance's own thread. */
    void onInstance(long nanos, long nowNanos) {
        if (paused && nowNanos - pauseEndNanos < 0) {
            return;
        }
        paused = false;
        inARow = nanos > InlineExecution.LIMIT_NANOS ? 0 : Math.min(required, inARow + 1);
    }

    /** One has held a caller up for longer than it may. */
    void wasLong(long nanos, long nowNanos) {
        inARow = 0;
        paused = true;
        pauseEndNanos = nowNanos + PAUSE * Math.min(nanos, LONGEST_NANOS);
    }
}
