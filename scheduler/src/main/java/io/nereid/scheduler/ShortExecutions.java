package io.nereid.scheduler;

/**
 * Whether the executions of a model are short: {@value #REQUIRED} in a row on its instances' own threads, of single
 * requests with few bytes, took at most {@link InlineExecution#LIMIT_NANOS}, and since then those on threads of callers
 * that took longer have taken no more than {@link #TOLERATED_NANOS} beyond a hundredth of the time. A cold cache makes
 * an execution long now and then; but one that is may take as long as it likes. So the model is measured again only
 * after {@value #PAUSE} times that has passed, and such executions hold callers up for at most a hundredth of the time.
 * Used under the scheduler's lock.
 */
final class ShortExecutions {
    static final int REQUIRED = 100;
    static final int PAUSE = 100;
    private static final long LONGEST_NANOS = 3_600_000_000_000L;

    /** What long executions on threads of callers may take in a row. */
    static final long TOLERATED_NANOS = CallerShare.MOST_NANOS;

    private final int required;
    private int inARow;
    private boolean paused;
    private long pauseEndNanos;
    /** What long executions have taken, less a hundredth of the time that passed; as it was at that moment. */
    private long excessNanos;
    private long excessSince;

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

    /** One has held a caller up for longer than it should. */
    void wasLong(long nanos, long nowNanos) {
        long left = excessNanos == 0 ? 0 : Math.max(0, excessNanos - (nowNanos - excessSince) / PAUSE);
        excessNanos = left + Math.min(nanos, LONGEST_NANOS);
        excessSince = nowNanos;
        if (excessNanos > TOLERATED_NANOS) {
            inARow = 0;
            paused = true;
            pauseEndNanos = nowNanos + PAUSE * excessNanos;
            excessNanos = 0;
        }
    }
}
