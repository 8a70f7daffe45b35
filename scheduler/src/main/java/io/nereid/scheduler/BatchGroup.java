package io.nereid.scheduler;

import io.nereid.statistics.CloseReason;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The queued requests of one {@link BatchKey}, which may run together, in the order in which they are served: by level,
 * within a level first those in time, of these in the order of arrival. Guarded by the scheduler's lock.
 */
final class BatchGroup {
    /** Empty ranks are kept, for requests to come, while there are at most so many ranks. */
    private static final int MAX_EMPTY_RANKS = 8;

    private final BatchKey key;
    private final ArrayList<Rank> ranks = new ArrayList<>(1);
    private final OpenBatch open = new OpenBatch();
    private @Nullable BatchQueueEntry head;
    private long rows;
    /** About how many batches could be taken from it now; 0 while it waits for more. */
    int readyBatches;
    /** Its place among the groups that are ready, and among those that wait; -1 where it is not one of them. */
    int readyIndex = -1;
    int waitingIndex = -1;

    BatchGroup(BatchKey key) {
        this.key = key;
    }

    BatchKey key() {
        return key;
    }

    boolean isEmpty() {
        return head == null;
    }

    /** The request that is served first; null if there is none. */
    @Nullable
    BatchQueueEntry first() {
        return head;
    }

    /** Rows of all its requests together. */
    long rows() {
        return rows;
    }

    /** For how long the first of each rank has waited, at most; 0 if there is none. */
    long oldestWaitNanos(long nowNanos) {
        long oldest = 0;
        BatchQueueEntry first = head;
        for (int i = 0; i < ranks.size() && first != null; i++) {
            BatchQueueEntry last = ranks.get(i).tail;
            if (last != null) {
                oldest = Math.max(oldest, nowNanos - first.queuedNanos());
                first = last.next;
            }
        }
        return oldest;
    }

    OpenBatch open() {
        return open;
    }

    /** Puts a request after those of its rank. */
    void insert(BatchQueueEntry request, long level, boolean late) {
        int index = rankIndex(level, late);
        Rank rank = ranks.get(index);
        link(request, lastUpTo(index));
        rank.tail = request;
        request.rank = rank;
        request.group = this;
        rows += request.rows;
        if (open.isDisturbedBy(rank)) {
            open.reset();
        }
    }

    private int rankIndex(long level, boolean late) {
        int index = ranks.size();
        while (index > 0) {
            int order = ranks.get(index - 1).compareTo(level, late);
            if (order == 0) {
                return index - 1;
            }
            if (order < 0) {
                break;
            }
            index--;
        }
        ranks.add(index, new Rank(level, late));
        return index;
    }

    private @Nullable BatchQueueEntry lastUpTo(int index) {
        for (int i = index; i >= 0; i--) {
            BatchQueueEntry last = ranks.get(i).tail;
            if (last != null) {
                return last;
            }
        }
        return null;
    }

    private void link(BatchQueueEntry request, @Nullable BatchQueueEntry previous) {
        BatchQueueEntry next = previous == null ? head : previous.next;
        request.previous = previous;
        request.next = next;
        if (previous == null) {
            head = request;
        } else {
            previous.next = request;
        }
        if (next != null) {
            next.previous = request;
        }
    }

    /** Takes out a request that is in this group. */
    void unlink(BatchQueueEntry request) {
        BatchQueueEntry previous = request.previous;
        BatchQueueEntry next = request.next;
        if (previous == null) {
            head = next;
        } else {
            previous.next = next;
        }
        if (next != null) {
            next.previous = previous;
        }
        leaveRank(request, previous);
        request.previous = null;
        request.next = null;
        request.group = null;
        rows -= request.rows;
        open.reset();
    }

    @SuppressWarnings("ReferenceEquality") // the very request, the very rank
    private void leaveRank(BatchQueueEntry request, @Nullable BatchQueueEntry previous) {
        Rank rank = Objects.requireNonNull(request.rank);
        request.rank = null;
        if (rank.tail != request) {
            return;
        }
        rank.tail = previous != null && previous.rank == rank ? previous : null;
        if (rank.tail == null && ranks.size() > MAX_EMPTY_RANKS) {
            ranks.remove(rank);
        }
    }

    /** Counts new requests into the open batch. */
    void extend(BatchLimits limits) {
        open.extend(head, limits);
    }

    /** Moves the requests that should run now into {@code batch}; the group has some, and need not wait. */
    CloseReason take(long nowNanos, int maxRows, BatchLimits limits, boolean closing, List<QueuedRequest> batch) {
        boolean waited = limits.delayNanos() > 0 && nowNanos - open.closesNanos() >= 0;
        if (open.isComplete() && !waited) {
            return move(open.completeCount(), maxRows, open.completeReason(limits), limits, batch);
        }
        CloseReason incomplete = waited ? open.waitedReason()
                : closing ? CloseReason.CLOSING : CloseReason.INSTANCE_IDLE;
        boolean full = open.fill(head, limits);
        return move(open.count(), maxRows, full ? CloseReason.FULL : incomplete, limits, batch);
    }

    private CloseReason move(int count, int maxRows, CloseReason reason, BatchLimits limits,
            List<QueuedRequest> batch) {
        int limited = limit(count, maxRows, limits);
        move(limited, batch);
        return limited < count ? CloseReason.ADAPTIVE_LIMIT : reason;
    }

    /**
     * How many of the first {@code count} requests have at most so many rows, a preferred number of them if it can be.
     */
    private int limit(int count, int maxRows, BatchLimits limits) {
        int fitting = 0;
        int preferred = 0;
        int taken = 0;
        for (BatchQueueEntry next = head; fitting < count && next != null; next = next.next) {
            if (fitting > 0 && next.rows > maxRows - taken) {
                return preferred > 0 ? preferred : fitting;
            }
            taken += next.rows;
            fitting++;
            preferred = limits.isPreferred(taken) ? fitting : preferred;
        }
        return count;
    }

    private void move(int count, List<QueuedRequest> batch) {
        for (int i = 0; i < count; i++) {
            BatchQueueEntry request = Objects.requireNonNull(head);
            unlink(request);
            batch.add(request);
        }
    }

    /** Whether its first request is served before the other group's first; neither is empty. */
    boolean isServedBefore(BatchGroup other) {
        BatchQueueEntry mine = Objects.requireNonNull(head);
        BatchQueueEntry theirs = Objects.requireNonNull(other.head);
        int order = Objects.requireNonNull(mine.rank).compareTo(Objects.requireNonNull(theirs.rank));
        if (order != 0) {
            return order < 0;
        }
        long later = mine.queuedNanos() - theirs.queuedNanos();
        return later != 0 ? later < 0 : mine.number < theirs.number;
    }
}
