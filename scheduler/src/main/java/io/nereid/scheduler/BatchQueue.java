package io.nereid.scheduler;

import io.nereid.inference.InferenceRequest;
import io.nereid.statistics.CloseReason;

import java.util.ArrayList;
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
    private final boolean batches;
    private final QueuedLevels levels;
    private final BatchGroups groups;
    private final IndexedHeap<BatchQueueEntry> deadlines = new IndexedHeap<>(new DeadlineOrder());
    /** Requests that have to be queued before the first batch is formed; 0 once they were. */
    private int startSize;
    private int size;
    private long rows;
    private long accepted;

    /**
     * An empty queue.
     *
     * @param startSize requests that have to be queued before anything runs at all; 0 for none
     */
    public BatchQueue(BatchPolicy policy, PriorityLevels priorities, int startSize) {
        this.batches = policy.batches();
        this.levels = new QueuedLevels(priorities);
        this.groups = new BatchGroups(BatchLimits.of(policy));
        this.startSize = startSize;
    }

    @Override
    public Entries entries() {
        return BatchQueueEntry::new;
    }

    @Override
    public boolean offer(QueuedRequest offered) {
        BatchQueueEntry request = (BatchQueueEntry) offered;
        PriorityLevel level = levels.of(request.request());
        if (level.isFull()) {
            return false;
        }
        BatchGroup group = groups.of(request.key());
        request.level = level;
        request.number = ++accepted;
        request.rows = rows(request.request());
        setTimes(request, level.policy);
        level.entered(request);
        rows += request.rows;
        size++;
        if (size >= startSize) {
            startSize = 0;
        }
        group.insert(request, level.number, false);
        groups.place(group);
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

    @Override
    public Decision decide(long nowNanos, IdleInstance instance) {
        List<QueuedRequest> expired = expire(nowNanos);
        if (!expired.isEmpty()) {
            return new Decision.Reject(expired);
        }
        if (startSize > 0 || size == 0) {
            return Decision.IDLE;
        }
        groups.endWaiting(nowNanos);
        BatchGroup group = groups.firstReady();
        return group == null
                ? new Decision.WaitUntil(Objects.requireNonNull(groups.firstWaiting()).open().closesNanos())
                : Decision.Run.of(take(group, nowNanos, instance.maxRows(), instance.batch()));
    }

    private CloseReason take(BatchGroup group, long nowNanos, int maxRows, List<QueuedRequest> batch) {
        CloseReason reason = groups.take(group, nowNanos, maxRows, batch);
        for (int i = 0; i < batch.size(); i++) {
            forget((BatchQueueEntry) batch.get(i));
        }
        groups.place(group);
        return reason == CloseReason.INSTANCE_IDLE && size > 0 ? CloseReason.SHAPE : reason;
    }

    /** A request has left its group. */
    private void forget(BatchQueueEntry request) {
        deadlines.remove(request);
        levels.left(Objects.requireNonNull(request.level), request);
        rows -= request.rows;
        size--;
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
                groups.place(changed);
                changed = group(request);
            }
            expire(request, changed, rejected);
            request = deadlines.first();
        }
        groups.place(changed);
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
            level.delayed(request);
            group.insert(request, level.number, true);
        }
    }

    @Override
    public void remove(QueuedRequest removed) {
        BatchQueueEntry request = (BatchQueueEntry) removed;
        BatchGroup group = group(request);
        group.unlink(request);
        forget(request);
        groups.place(group);
    }

    @Override
    public List<QueuedRequest> clear() {
        List<QueuedRequest> removed = new ArrayList<>(size);
        for (BatchGroup group : groups.all()) {
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
        BatchGroup group = groups.firstWaiting();
        if (groups.firstReady() != null || group == null) {
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
        return Math.max(1, Math.min(size, groups.readyBatches()));
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public long oldestWaitNanos(long nowNanos) {
        return groups.oldestWaitNanos(nowNanos);
    }

    @Override
    public long rows() {
        return rows;
    }

    @Override
    public long rowsAhead(InferenceRequest request) {
        return levels.rowsAhead(request);
    }

    @Override
    public long nanosToReject(InferenceRequest request) {
        QueuePolicy policy = levels.policy(request);
        return policy.timeoutAction() == QueuePolicy.TimeoutAction.REJECT
                ? policy.timeoutNanos(request.options().timeoutMicros())
                : 0;
    }

    @Override
    public void limit(int maxRows, long delayNanos) {
        if (maxRows < 1 || delayNanos < 0) {
            throw new IllegalArgumentException("maxRows: " + maxRows + ", delayNanos: " + delayNanos);
        }
        groups.limit(BatchLimits.of(maxRows, delayNanos));
    }

    @Override
    public void flush() {
        startSize = 0;
        groups.flush();
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
