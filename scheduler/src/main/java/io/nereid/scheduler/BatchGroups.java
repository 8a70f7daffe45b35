package io.nereid.scheduler;

import io.nereid.statistics.CloseReason;
import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.List;

/**
 * The groups of a queue, and which of them can run: each that is not empty is either ready or waits for more requests of
 * its key. Guarded by the scheduler's lock.
 */
final class BatchGroups {
    /** Empty groups are kept, for requests of their keys to come, while there are at most so many groups. */
    private static final int MAX_EMPTY_GROUPS = 64;

    private final HashMap<BatchKey, BatchGroup> groups = new HashMap<>();
    /** Groups that can run. One whose delay has passed may still be among the waiting: {@link #endWaiting} moves it. */
    private final IndexedHeap<BatchGroup> ready = new IndexedHeap<>(new ReadyOrder());
    private final IndexedHeap<BatchGroup> waiting = new IndexedHeap<>(new WaitingOrder());
    private BatchLimits limits;
    /** The sum of {@link BatchGroup#readyBatches}. */
    private int readyBatches;
    private boolean flushed;

    BatchGroups(BatchLimits limits) {
        this.limits = limits;
    }

    /** The group of a key; after a change to it {@link #place} is called. */
    BatchGroup of(BatchKey key) {
        BatchGroup group = groups.get(key);
        if (group == null) {
            group = new BatchGroup(key);
            groups.put(key, group);
        }
        return group;
    }

    /** All groups, as they are now. */
    List<BatchGroup> all() {
        return List.copyOf(groups.values());
    }

    /** Puts a group where it belongs after a change. */
    void place(BatchGroup group) {
        if (group.isEmpty()) {
            ready.remove(group);
            waiting.remove(group);
            countReady(group, 0);
            if (groups.size() > MAX_EMPTY_GROUPS) {
                groups.remove(group.key());
            }
            return;
        }
        group.extend(limits);
        if (flushed || limits.delayNanos() == 0 || group.open().isComplete()) {
            placeReady(group);
        } else {
            ready.remove(group);
            waiting.place(group);
            countReady(group, 0);
        }
    }

    private void placeReady(BatchGroup group) {
        waiting.remove(group);
        ready.place(group);
        countReady(group, (int) Math.max(1, group.rows() / limits.maxRows()));
    }

    private void countReady(BatchGroup group, int batches) {
        readyBatches += batches - group.readyBatches;
        group.readyBatches = batches;
    }

    /** Groups whose delay has passed can run from now on. */
    void endWaiting(long nowNanos) {
        BatchGroup group = waiting.first();
        while (group != null && group.open().closesNanos() - nowNanos <= 0) {
            placeReady(group);
            group = waiting.first();
        }
    }

    /** The group whose turn it is; null if none is ready. */
    @Nullable
    BatchGroup firstReady() {
        return ready.first();
    }

    /** The group that waits no longer first; null if none waits. */
    @Nullable
    BatchGroup firstWaiting() {
        return waiting.first();
    }

    /** Moves the requests of a ready group that should run now into {@code batch}; {@link #place} follows. */
    CloseReason take(BatchGroup group, long nowNanos, int maxRows, List<QueuedRequest> batch) {
        return group.take(nowNanos, maxRows, limits, flushed, batch);
    }

    /** About how many batches the ready groups have. */
    int readyBatches() {
        return readyBatches;
    }

    /** For how long the first request of any group has waited; 0 if there is none. */
    long oldestWaitNanos(long nowNanos) {
        long oldest = 0;
        for (BatchGroup group : groups.values()) {
            oldest = Math.max(oldest, group.oldestWaitNanos(nowNanos));
        }
        return oldest;
    }

    /** Forms batches by other limits from now on, of what is queued too. */
    void limit(BatchLimits changed) {
        limits = changed;
        recount();
    }

    /** No group waits for more any longer. */
    void flush() {
        flushed = true;
        recount();
    }

    private void recount() {
        for (BatchGroup group : all()) {
            if (!group.isEmpty()) {
                group.open().reset();
                place(group);
            }
        }
    }

    private static final class ReadyOrder implements IndexedHeap.Order<BatchGroup> {
        @Override
        public boolean isBefore(BatchGroup one, BatchGroup other) {
            return one.isServedBefore(other);
        }

        @Override
        public int index(BatchGroup group) {
            return group.readyIndex;
        }

        @Override
        public void index(BatchGroup group, int index) {
            group.readyIndex = index;
        }
    }

    private static final class WaitingOrder implements IndexedHeap.Order<BatchGroup> {
        @Override
        public boolean isBefore(BatchGroup one, BatchGroup other) {
            return one.open().closesNanos() - other.open().closesNanos() < 0;
        }

        @Override
        public int index(BatchGroup group) {
            return group.waitingIndex;
        }

        @Override
        public void index(BatchGroup group, int index) {
            group.waitingIndex = index;
        }
    }
}
