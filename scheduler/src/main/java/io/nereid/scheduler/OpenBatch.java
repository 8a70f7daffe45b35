package io.nereid.scheduler;

import io.nereid.statistics.CloseReason;
import org.jspecify.annotations.Nullable;

/**
 * The requests at the head of a lane that would run next, counted as they come, so that a decision need not count them
 * again. It grows until a size is reached at which it does not wait for more. Guarded by the scheduler's lock.
 */
final class OpenBatch {
    /** The last request counted. */
    private @Nullable QueuedRequest last;
    private int count;
    private int rows;
    /** Requests up to the largest preferred size reached, and the rows of these; 0 while none is reached. */
    private int bestCount;
    private int bestRows;
    /** Whether further requests change nothing, as long as the batch need not wait. */
    private boolean settled;
    /** When the first of them stops waiting for company; meaningless while there are none. */
    private long closesNanos;
    private boolean closesByTimeout;

    /** Forgets what was counted: requests were taken out, or others were put between. */
    void reset() {
        last = null;
        count = 0;
        rows = 0;
        bestCount = 0;
        bestRows = 0;
        settled = false;
    }

    /** Whether a request that is put into the lane at {@code rank} comes before one that was counted. */
    boolean isDisturbedBy(Rank rank) {
        return last != null && last.rank != null && rank.compareTo(last.rank) < 0;
    }

    /** Counts the requests that have come since. */
    void extend(@Nullable QueuedRequest head, BatchLimits limits) {
        QueuedRequest next = last == null ? head : last.next;
        while (!settled && next != null) {
            if (count > 0 && rows + next.rows > limits.largestPreferred()) {
                closeBefore();
            } else {
                add(next, limits);
                next = next.next;
            }
        }
    }

    private void add(QueuedRequest request, BatchLimits limits) {
        if (count == 0 || request.closesNanos - closesNanos < 0) {
            closesNanos = request.closesNanos;
            closesByTimeout = request.closesByTimeout;
        }
        last = request;
        count++;
        rows += request.rows;
        settled = rows >= limits.largestPreferred();
        if (settled || limits.isPreferred(rows)) {
            bestCount = count;
            bestRows = rows;
        }
    }

    /** The next request would go past the largest preferred size: what there is runs unless a preferred size was met. */
    private void closeBefore() {
        settled = true;
        if (bestCount == 0) {
            bestCount = count;
            bestRows = rows;
        }
    }

    /** Whether it has reached a size at which it waits no longer. */
    boolean isComplete() {
        return bestCount > 0;
    }

    /** When it stops waiting for company. */
    long closesNanos() {
        return closesNanos;
    }

    /** Why it would be complete. */
    CloseReason completeness(BatchLimits limits) {
        return bestRows < limits.maxRows() && limits.isPreferred(bestRows) ? CloseReason.PREFERRED_SIZE
                : CloseReason.FULL;
    }

    /** Why it runs incomplete when it has waited long enough. */
    CloseReason patience() {
        return closesByTimeout ? CloseReason.DEADLINE : CloseReason.DELAY;
    }

    /** How many requests run when it is complete. */
    int completeCount() {
        return bestCount;
    }

    /** Counts on to the most a batch may have, preferred or not, and says whether there were more than fit. */
    boolean fill(@Nullable QueuedRequest head, BatchLimits limits) {
        QueuedRequest next = last == null ? head : last.next;
        while (next != null && (count == 0 || rows + next.rows <= limits.maxRows())) {
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
