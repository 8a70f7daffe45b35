package io.nereid.scheduler;

import io.nereid.statistics.CloseReason;
import org.jspecify.annotations.Nullable;

/**
 * The requests at the head of a group that would run next, counted as they come, so that a decision need not count them
 * again. It grows until a size is reached at which it does not wait for more. Guarded by the scheduler's lock.
 */
final class OpenBatch {
    /** The last request counted. */
    private @Nullable BatchQueueEntry last;
    private int count;
    private int rows;
    /** Requests up to the largest preferred size reached, and the rows of these; 0 while none is reached. */
    private int bestCount;
    private int bestRows;
    /** Whether further requests change nothing as long as the delay has not passed. */
    private boolean saturated;
    /** The request that would have gone past the largest preferred size; null while there is none. */
    private @Nullable BatchQueueEntry excluded;
    /** When the first of them stops waiting for others; meaningless while there are none. */
    private long closesNanos;
    private boolean closesByTimeout;

    /** Forgets what was counted: requests were taken out, or others were put between. */
    void reset() {
        last = null;
        count = 0;
        rows = 0;
        bestCount = 0;
        bestRows = 0;
        saturated = false;
        excluded = null;
    }

    /** Whether a request that is put into the group at {@code rank} comes before one that was counted. */
    boolean isDisturbedBy(Rank rank) {
        BatchQueueEntry end = excluded != null ? excluded : last;
        return end != null && end.rank != null && rank.compareTo(end.rank) < 0;
    }

    /** Counts the requests that have come since. */
    void extend(@Nullable BatchQueueEntry head, BatchLimits limits) {
        BatchQueueEntry next = last == null ? head : last.next;
        while (!saturated && next != null) {
            if (count > 0 && next.rows > limits.largestPreferred() - rows) {
                closeBefore(next);
            } else {
                add(next, limits);
                next = next.next;
            }
        }
    }

    private void add(BatchQueueEntry request, BatchLimits limits) {
        long closes = request.queuedNanos() + Math.min(limits.delayNanos(), request.maxDelayNanos);
        if (count == 0 || closes - closesNanos < 0) {
            closesNanos = closes;
            closesByTimeout = request.maxDelayNanos < limits.delayNanos();
        }
        last = request;
        count++;
        rows += request.rows;
        saturated = rows >= limits.largestPreferred();
        if (saturated || limits.isPreferred(rows)) {
            bestCount = count;
            bestRows = rows;
        }
    }

    /**
     * The next request would go past the largest preferred size: what there is runs unless a preferred size was met.
     */
    private void closeBefore(BatchQueueEntry next) {
        saturated = true;
        excluded = next;
        if (bestCount == 0) {
            bestCount = count;
            bestRows = rows;
        }
    }

    /** Whether it has reached a size at which it waits no longer. */
    boolean isComplete() {
        return bestCount > 0;
    }

    /** When it stops waiting for more. */
    long closesNanos() {
        return closesNanos;
    }

    /** Why it would be complete. */
    CloseReason completeReason(BatchLimits limits) {
        return bestRows < limits.maxRows() && limits.isPreferred(bestRows) ? CloseReason.PREFERRED_SIZE
                : CloseReason.FULL;
    }

    /** Why it runs incomplete when it has waited long enough. */
    CloseReason waitedReason() {
        return closesByTimeout ? CloseReason.DEADLINE : CloseReason.DELAY;
    }

    /** How many requests run when it is complete. */
    int completeCount() {
        return bestCount;
    }

    /** Counts on to the most a batch may have, preferred or not, and says whether there were more than fit. */
    boolean fill(@Nullable BatchQueueEntry head, BatchLimits limits) {
        BatchQueueEntry next = last == null ? head : last.next;
        while (next != null && (count == 0 || next.rows <= limits.maxRows() - rows)) {
            add(next, limits);
            next = next.next;
        }
        return next != null || rows >= limits.maxRows();
    }

    /** How many requests were counted. */
    int count() {
        return count;
    }
}
