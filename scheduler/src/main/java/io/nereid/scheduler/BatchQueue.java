package io.nereid.scheduler;

import io.nereid.inference.InferenceRequest;
import io.nereid.statistics.CloseReason;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;

/**
 * The dynamic batcher's decisions (docs/batching.md): one lane of requests for each shape, priorities within and across
 * lanes, one open batch per lane that is counted as requests come. Among the lanes that can run the one whose first
 * request has waited longest is next, so none waits longer than its delay and the batches ahead of it.
 *
 * <p>A decision costs a heap operation and what it takes out; nothing is allocated per request.
 */
public final class BatchQueue implements RequestQueue {
    /** Lanes kept for requests of their shapes to come; beyond that empty ones go. */
    private static final int KEPT_LANES = 64;
    private static final int KEPT_LEVELS = 64;

    private final boolean batches;
    private final PriorityLevels priorities;
    private final ArrayList<PriorityLevel> levels = new ArrayList<>(1);
    private final HashMap<BatchKey, Lane> lanes = new HashMap<>();
    /** Lanes that can run. A lane whose delay has passed may still be among the waiting: the next take moves it. */
    private final IndexedHeap<Lane> ready = new IndexedHeap<>(new ReadyOrder());
    private final IndexedHeap<Lane> waiting = new IndexedHeap<>(new WaitingOrder());
    private final IndexedHeap<QueuedRequest> deadlines = new IndexedHeap<>(new DeadlineOrder());
    /** Requests that have to be queued before the first batch is formed; 0 once they were. */
    private int startSize;
    private BatchLimits limits;
    private int size;
    /** The sum of {@link Lane#readyBatches}. */
    private int readyBatches;
    private long rows;
    private long accepted;
    private boolean closed;

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
    public boolean offer(QueuedRequest request) {
        PriorityLevel level = level(priorities.levelOf(request.request().options().priority()));
        if (level.isFull()) {
            return false;
        }
        Lane lane = lane(request.key());
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
        lane.insert(request, level.number, false);
        place(lane);
        return true;
    }

    private int rows(InferenceRequest request) {
        return batches ? Math.max(1, request.batchSize()) : 1;
    }

    /** A request never waits for company longer than half its timeout: it would have none left for an instance. */
    private void setTimes(QueuedRequest request, QueuePolicy policy) {
        long timeout = policy.timeoutNanos(request.request().options().timeoutMicros());
        request.patienceNanos = timeout > 0 ? timeout / 2 : Long.MAX_VALUE;
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

    private Lane lane(BatchKey key) {
        Lane lane = lanes.get(key);
        if (lane == null) {
            lane = new Lane(key);
            lanes.put(key, lane);
        }
        return lane;
    }

    /** Puts a lane where it belongs after a change. */
    private void place(Lane lane) {
        if (lane.isEmpty()) {
            ready.remove(lane);
            waiting.remove(lane);
            countReady(lane, 0);
            if (lanes.size() > KEPT_LANES) {
                lanes.remove(lane.key());
            }
            return;
        }
        lane.extend(limits);
        if (closed || limits.delayNanos() == 0 || lane.open().isComplete()) {
            placeReady(lane);
        } else {
            ready.remove(lane);
            waiting.place(lane);
            countReady(lane, 0);
        }
    }

    private void placeReady(Lane lane) {
        waiting.remove(lane);
        ready.place(lane);
        countReady(lane, (int) Math.max(1, lane.rows() / limits.maxRows()));
    }

    private void countReady(Lane lane, int batches) {
        readyBatches += batches - lane.readyBatches;
        lane.readyBatches = batches;
    }

    @Override
    public @Nullable CloseReason take(long nowNanos, int mostRows, List<QueuedRequest> batch) {
        if (startSize > 0) {
            return null;
        }
        endWaiting(nowNanos);
        Lane lane = ready.first();
        if (lane == null) {
            return null;
        }
        CloseReason reason = lane.take(nowNanos, mostRows, limits, closed, batch);
        for (int i = 0; i < batch.size(); i++) {
            forget(batch.get(i));
        }
        place(lane);
        return reason == CloseReason.INSTANCE_IDLE && size > 0 ? CloseReason.SHAPE : reason;
    }

    /** Lanes whose delay has passed can run from now on. */
    private void endWaiting(long nowNanos) {
        Lane lane = waiting.first();
        while (lane != null && lane.open().closesNanos() - nowNanos <= 0) {
            placeReady(lane);
            lane = waiting.first();
        }
    }

    /** A request has left its lane. */
    private void forget(QueuedRequest request) {
        deadlines.remove(request);
        PriorityLevel level = Objects.requireNonNull(request.level);
        level.requests--;
        level.rows -= request.rows;
        level.lateRows -= request.late ? request.rows : 0;
        rows -= request.rows;
        size--;
        if (level.requests == 0 && levels.size() > KEPT_LEVELS) {
            levels.remove(level);
        }
    }

    @Override
    public void expire(long nowNanos, List<QueuedRequest> rejected) {
        Lane touched = null;
        QueuedRequest request = deadlines.first();
        while (request != null && request.deadlineNanos - nowNanos < 0) {
            Lane lane = Objects.requireNonNull(request.lane);
            if (touched != null && touched != lane) {
                place(touched);
            }
            touched = lane;
            expire(request, lane, rejected);
            request = deadlines.first();
        }
        if (touched != null) {
            place(touched);
        }
    }

    private void expire(QueuedRequest request, Lane lane, List<QueuedRequest> rejected) {
        PriorityLevel level = Objects.requireNonNull(request.level);
        lane.unlink(request);
        if (level.policy.timeoutAction() == QueuePolicy.TimeoutAction.REJECT) {
            forget(request);
            rejected.add(request);
        } else {
            deadlines.remove(request);
            request.late = true;
            level.lateRows += request.rows;
            lane.insert(request, level.number, true);
        }
    }

    @Override
    public void remove(QueuedRequest request) {
        Lane lane = Objects.requireNonNull(request.lane, "the request is not queued");
        lane.unlink(request);
        forget(request);
        place(lane);
    }

    @Override
    public long nanosUntilReady(long nowNanos) {
        if (startSize > 0 || size == 0) {
            return Long.MAX_VALUE;
        }
        Lane lane = waiting.first();
        if (ready.size() > 0 || lane == null) {
            return 0;
        }
        return Math.max(0, lane.open().closesNanos() - nowNanos);
    }

    @Override
    public long nanosUntilDeadline(long nowNanos) {
        QueuedRequest first = deadlines.first();
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
        for (Lane lane : lanes.values()) {
            oldest = Math.max(oldest, lane.oldestWaitNanos(nowNanos));
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
    public void expedite() {
        closed = true;
        startSize = 0;
        recount();
    }

    private void recount() {
        for (Lane lane : List.copyOf(lanes.values())) {
            if (!lane.isEmpty()) {
                lane.open().reset();
                place(lane);
            }
        }
    }

    private static final class ReadyOrder implements IndexedHeap.Order<Lane> {
        @Override
        public boolean isBefore(Lane one, Lane other) {
            return one.isServedBefore(other);
        }

        @Override
        public int index(Lane lane) {
            return lane.readyIndex;
        }

        @Override
        public void index(Lane lane, int index) {
            lane.readyIndex = index;
        }
    }

    private static final class WaitingOrder implements IndexedHeap.Order<Lane> {
        @Override
        public boolean isBefore(Lane one, Lane other) {
            return one.open().closesNanos() - other.open().closesNanos() < 0;
        }

        @Override
        public int index(Lane lane) {
            return lane.waitingIndex;
        }

        @Override
        public void index(Lane lane, int index) {
            lane.waitingIndex = index;
        }
    }

    private static final class DeadlineOrder implements IndexedHeap.Order<QueuedRequest> {
        @Override
        public boolean isBefore(QueuedRequest one, QueuedRequest other) {
            long later = one.deadlineNanos - other.deadlineNanos;
            return later != 0 ? later < 0 : one.number < other.number;
        }

        @Override
        public int index(QueuedRequest request) {
            return request.deadlineIndex;
        }

        @Override
        public void index(QueuedRequest request, int index) {
            request.deadlineIndex = index;
        }
    }
}
