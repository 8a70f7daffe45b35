package io.nereid.scheduler;

import io.nereid.inference.InferenceRequest;
import io.nereid.statistics.CloseReason;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;

/**
 * The decisions of the default scheduler and of the dynamic batcher (docs/batching.md). The requests of one key wait
 * in a {@link BatchGroup}; the requests at its head form its open batch, which is counted as requests come.
 *
 * <p>Invariants:
 * <ul>
 * <li>A request is in the group of its key, and in no other, from {@link #offer} until it is taken, rejected or
 *     removed.
 * <li>A batch has requests of one group, and at most {@code max_batch_size} rows; a larger request runs alone.
 * <li>A group is served by priority level; within a level first the requests that are in time, then those whose
 *     timeout has passed and that may still run; of these in the order of arrival. No request overtakes another one of
 *     its key and level that came before it and is in time.
 * <li>A group that is not empty is either ready or waiting. It is ready when its open batch has reached a size at
 *     which it does not wait, when there is no queue delay, or when the queue is flushed; a waiting group becomes
 *     ready when the first of its requests has waited for as long as it may.
 * <li>Of the ready groups the one is taken from whose first request is of the highest level, and has waited longest.
 * <li>{@link #size}, {@link #rows} and the counts of a level are the sums over the requests queued; exactly the
 *     requests with a timeout that has not passed are in the heap of deadlines.
 * </ul>
 *
 * <p>Latency bound: a request waits for others to join it for at most the smaller of the queue delay and half of its
 * timeout. Then it is ready, and only the batches ahead of it are taken before: of requests of a higher level, and of
 * those that came before it. So without priority levels it is taken, at the latest, when instances have taken that
 * delay's requests and those queued before it, of which each batch takes at least one and, where keys and sizes allow,
 * fills up.
 *
 * <p>A decision costs a heap operation and what it takes out; neither it nor {@link #offer} allocates.
 */
public final class BatchQueue implements RequestQueue {
    /** Empty groups are kept, for requests of their keys to come, while there are at most so many groups. */
    private static final int MAX_EMPTY_GROUPS = 64;
    private static final int MAX_EMPTY_LEVELS = 64;

    private final boolean batches;
    private final PriorityLevels priorities;
    private final ArrayList<PriorityLevel> levels = new ArrayList<>(1);
    private final HashMap<BatchKey, BatchGroup> groups = new HashMap<>();
    /** Groups that can run. One whose delay has passed may still be among the waiting: the next decision moves it. */
    private final IndexedHeap<BatchGroup> ready = new IndexedHeap<>(new ReadyOrder());
    private final IndexedHeap<BatchGroup> waiting = new IndexedHeap<>(new WaitingOrder());
    private final IndexedHeap<BatchQueueEntry> deadlines = new IndexedHeap<>(new DeadlineOrder());
    /** Requests that have to be queued before the first batch is formed; 0 once they were. */
    private int startSize;
    private BatchLimits limits;
    private int size;
    /** The sum of {@link BatchGroup#readyBatches}. */
    private int readyBatches;
    private long rows;
    private long accepted;
    private boolean flushed;

    /**
     * An empty queue.
     *
     * @param startSize requests that have to be queued before anything runs at all; 0 for none
     */
    public BatchQueue(BatchPolicy policy, PriorityLevels priorities, int startSize) {
        this.batches = policy.batches();
        this.priorities = priorities;
        this.startSize = startSize;
        this.limits = BatchLimits.of(policy);
    }

    @Override
    public Entries entries() {
        return BatchQueueEntry::new;
    }

    @Override
    public boolean offer(QueuedRequest offered) {
        BatchQueueEntry request = (BatchQueueEntry) offered;
        PriorityLevel level = level(priorities.levelOf(request.request().options().priority()));
        if (level.isFull()) {
            return false;
        }
        BatchGroup group = group(request.key());
        request.level = level;
        request.number = ++accepted;
        request.rows = rows(request.request());
        setTimes(request, level.policy);
        level.requests++;
        level.rows += request.rows;
        rows += request.rows;
        size++;
        if (size >= startSize) {
            startSize = 0;
        }
        group.insert(request, level.number, false);
        place(group);
        return true;
    }

    private int rows(InferenceRequest request) {
        return batches ? Math.max(1, request.batchSize()) : 1;
    }

    /** A request never waits for others longer than half its timeout: it would have none left for an instance. */
    private void setTimes(BatchQueueEntry request, QueuePolicy policy) {
        long timeout = policy.timeoutNanos(request.request().options().timeoutMicros());
        request.maxDelayNanos = timeout > 0 ? timeout / 2 : Long.MAX_VALUE;
        if (timeout > 0) {
            request.deadlineNanos = request.queuedNanos() + timeout;
            deadlines.place(request);
        }
    }

    private PriorityLevel level(long number) {
        int index = levels.size();
        while (index > 0 && Long.compareUnsigned(levels.get(index - 1).number, number) >= 0) {
            index--;
        }
        if (index < levels.size() && levels.get(index).number == number) {
            return levels.get(index);
        }
        PriorityLevel level = new PriorityLevel(number, priorities.policy(number));
        levels.add(index, level);
        return level;
    }

    private BatchGroup group(BatchKey key) {
        BatchGroup group = groups.get(key);
        if (group == null) {
            group = new BatchGroup(key);
            groups.put(key, group);
        }
        return group;
    }

    /** Puts a group where it belongs after a change. */
    private void place(BatchGroup group) {
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

    @Override
    public Decision decide(long nowNanos, IdleInstance instance) {
        List<QueuedRequest> expired = expire(nowNanos);
        if (!expired.isEmpty()) {
            return new Decision.Reject(expired);
        }
        if (startSize > 0 || size == 0) {
            return Decision.IDLE;
        }
        endWaiting(nowNanos);
        BatchGroup group = ready.first();
        return group == null
                ? new Decision.WaitUntil(Objects.requireNonNull(waiting.first()).open().closesNanos())
                : Decision.Run.of(take(group, nowNanos, instance.maxRows(), instance.batch()));
    }

    private CloseReason take(BatchGroup group, long nowNanos, int maxRows, List<QueuedRequest> batch) {
        CloseReason reason = group.take(nowNanos, maxRows, limits, flushed, batch);
        for (int i = 0; i < batch.size(); i++) {
            forget((BatchQueueEntry) batch.get(i));
        }
        place(group);
        return reason == CloseReason.INSTANCE_IDLE && size > 0 ? CloseReason.SHAPE : reason;
    }

    /** Groups whose delay has passed can run from now on. */
    private void endWaiting(long nowNanos) {
        BatchGroup group = waiting.first();
        while (group != null && group.open().closesNanos() - nowNanos <= 0) {
            placeReady(group);
            group = waiting.first();
        }
    }

    /** A request has left its group. */
    private void forget(BatchQueueEntry request) {
        deadlines.remove(request);
        PriorityLevel level = Objects.requireNonNull(request.level);
        level.requests--;
        level.rows -= request.rows;
        level.lateRows -= request.late ? request.rows : 0;
        rows -= request.rows;
        size--;
        if (level.requests == 0 && levels.size() > MAX_EMPTY_LEVELS) {
            levels.remove(level);
        }
    }

    @Override
    public List<QueuedRequest> expire(long nowNanos) {
        BatchQueueEntry request = deadlines.first();
        if (request == null || request.deadlineNanos - nowNanos >= 0) {
            return List.of();
        }
        List<QueuedRequest> rejected = new ArrayList<>();
        BatchGroup changed = group(request);
        while (request != null && request.deadlineNanos - nowNanos < 0) {
            if (group(request) != changed) {
                place(changed);
                changed = group(request);
            }
            expire(request, changed, rejected);
            request = deadlines.first();
        }
        place(changed);
        return rejected;
    }

    private void expire(BatchQueueEntry request, BatchGroup group, List<QueuedRequest> rejected) {
        PriorityLevel level = Objects.requireNonNull(request.level);
        group.unlink(request);
        if (level.policy.timeoutAction() == QueuePolicy.TimeoutAction.REJECT) {
            forget(request);
            rejected.add(request);
        } else {
            deadlines.remove(request);
            request.late = true;
            level.lateRows += request.rows;
            group.insert(request, level.number, true);
        }
    }

    @Override
    public void remove(QueuedRequest removed) {
        BatchQueueEntry request = (BatchQueueEntry) removed;
        BatchGroup group = group(request);
        group.unlink(request);
        forget(request);
        place(group);
    }

    @Override
    public List<QueuedRequest> clear() {
        List<QueuedRequest> removed = new ArrayList<>(size);
        for (BatchGroup group : List.copyOf(groups.values())) {
            for (BatchQueueEntry request = group.first(); request != null; request = group.first()) {
                removed.add(request);
                remove(request);
            }
        }
        return removed;
    }

    private static BatchGroup group(BatchQueueEntry request) {
        return Objects.requireNonNull(request.group, "the request is not queued");
    }

    @Override
    public long nanosUntilReady(long nowNanos) {
        if (startSize > 0 || size == 0) {
            return Long.MAX_VALUE;
        }
        BatchGroup group = waiting.first();
        if (ready.size() > 0 || group == null) {
            return 0;
        }
        return Math.max(0, group.open().closesNanos() - nowNanos);
    }

    @Override
    public long nanosUntilDeadline(long nowNanos) {
        BatchQueueEntry first = deadlines.first();
        return first == null ? Long.MAX_VALUE : Math.max(0, first.deadlineNanos - nowNanos + 1);
    }

    @Override
    public int runnable(long nowNanos) {
        if (nanosUntilReady(nowNanos) > 0) {
            return 0;
        }
        return Math.max(1, Math.min(size, readyBatches));
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public long oldestWaitNanos(long nowNanos) {
        long oldest = 0;
        for (BatchGroup group : groups.values()) {
            oldest = Math.max(oldest, group.oldestWaitNanos(nowNanos));
        }
        return oldest;
    }

    @Override
    public long rows() {
        return rows;
    }

    @Override
    public long rowsAhead(InferenceRequest request) {
        long level = priorities.levelOf(request.options().priority());
        long ahead = 0;
        for (int i = 0; i < levels.size() && Long.compareUnsigned(levels.get(i).number, level) <= 0; i++) {
            ahead += levels.get(i).rows;
            if (levels.get(i).number == level) {
                ahead -= levels.get(i).lateRows;
            }
        }
        return ahead;
    }

    @Override
    public long nanosToReject(InferenceRequest request) {
        QueuePolicy policy = priorities.policy(priorities.levelOf(request.options().priority()));
        return policy.timeoutAction() == QueuePolicy.TimeoutAction.REJECT
                ? policy.timeoutNanos(request.options().timeoutMicros())
                : 0;
    }

    @Override
    public void limit(int maxRows, long delayNanos) {
        if (maxRows < 1 || delayNanos < 0) {
            throw new IllegalArgumentException("maxRows: " + maxRows + ", delayNanos: " + delayNanos);
        }
        limits = BatchLimits.of(maxRows, delayNanos);
        recount();
    }

    @Override
    public void flush() {
        flushed = true;
        startSize = 0;
        recount();
    }

    private void recount() {
        for (BatchGroup group : List.copyOf(groups.values())) {
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

    private static final class DeadlineOrder implements IndexedHeap.Order<BatchQueueEntry> {
        @Override
        public boolean isBefore(BatchQueueEntry one, BatchQueueEntry other) {
            long later = one.deadlineNanos - other.deadlineNanos;
            return later != 0 ? later < 0 : one.number < other.number;
        }

        @Override
        public int index(BatchQueueEntry request) {
            return request.deadlineIndex;
        }

        @Override
        public void index(BatchQueueEntry request, int index) {
            request.deadlineIndex = index;
        }
    }
}
