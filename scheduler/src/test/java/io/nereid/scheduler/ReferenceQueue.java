package io.nereid.scheduler;

import io.nereid.inference.InferenceRequest;
import io.nereid.statistics.CloseReason;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The batcher's rules (docs/batching.md) as plainly as they can be said: two lists, and every answer is found anew.
 * What {@link BatchQueue} is compared with.
 */
final class ReferenceQueue implements RequestQueue {
    private final boolean batches;
    private final PriorityLevels priorities;
    private List<Integer> preferredSizes;
    private int maxRows;
    private long delayNanos;
    /** All that are queued, in the order in which they came. */
    private final List<QueuedRequest> queued = new ArrayList<>();
    /** Those of them whose timeouts have passed, in the order in which they did. */
    private final List<QueuedRequest> late = new ArrayList<>();
    private final int startSize;
    private boolean started;
    private boolean closed;

    ReferenceQueue(BatchPolicy policy, PriorityLevels priorities, int startSize) {
        this.batches = policy.batches();
        this.priorities = priorities;
        this.preferredSizes = policy.preferredBatchSizes();
        this.maxRows = policy.maxBatchSize();
        this.delayNanos = policy.maxQueueDelayNanos();
        this.startSize = startSize;
        this.started = startSize == 0;
    }

    /** What an idle instance should run of one group. */
    private record Choice(List<QueuedRequest> batch, CloseReason reason) {}

    @Override
    public boolean offer(QueuedRequest request) {
        long most = policy(request).maxQueueSize();
        if (most > 0 && queued.stream().filter(other -> level(other) == level(request)).count() >= most) {
            return false;
        }
        queued.add(request);
        started |= size() >= startSize;
        return true;
    }

    @Override
    public Decision decide(long nowNanos, IdleInstance instance) {
        List<QueuedRequest> rejected = expire(nowNanos);
        if (!rejected.isEmpty()) {
            return new Decision.Reject(rejected);
        }
        Choice whole = choose(nowNanos);
        if (whole == null) {
            long nanos = nanosUntilReady(nowNanos);
            return nanos == Long.MAX_VALUE ? Decision.IDLE : new Decision.WaitUntil(nowNanos + nanos);
        }
        List<QueuedRequest> limited = limit(whole.batch, instance.maxRows());
        Choice choice = limited.size() < whole.batch.size() ? new Choice(limited, CloseReason.ADAPTIVE_LIMIT) : whole;
        instance.batch().addAll(choice.batch);
        choice.batch.forEach(this::remove);
        boolean othersWait = choice.reason == CloseReason.INSTANCE_IDLE && size() > 0;
        return new Decision.Run(othersWait ? CloseReason.SHAPE : choice.reason);
    }

    /** Of the groups that can run, the one of the best first request. */
    private @Nullable Choice choose(long nowNanos) {
        if (!started) {
            return null;
        }
        return groups().stream().map(group -> choose(group, nowNanos)).filter(choice -> choice != null)
                .min(Comparator.comparing(choice -> choice.batch.getFirst(), servedFirst(nowNanos))).orElse(null);
    }

    private @Nullable Choice choose(List<QueuedRequest> group, long nowNanos) {
        boolean waited = delayNanos > 0 && delayLeft(group, nowNanos) == 0;
        int complete = complete(group);
        if (complete > 0 && !waited) {
            List<QueuedRequest> batch = group.subList(0, complete);
            boolean preferred = rows(batch) < maxRows && preferredSizes.contains(rows(batch));
            return new Choice(batch, preferred ? CloseReason.PREFERRED_SIZE : CloseReason.FULL);
        }
        if (delayNanos > 0 && !waited && !closed) {
            return null;
        }
        List<QueuedRequest> batch = prefix(group, maxRows);
        if (batch.size() < group.size() || rows(batch) >= maxRows) {
            return new Choice(batch, CloseReason.FULL);
        }
        if (waited) {
            boolean byTimeout = maxDelay(firstToClose(prefix(group, largestPreferred()))) < delayNanos;
            return new Choice(batch, byTimeout ? CloseReason.DEADLINE : CloseReason.DELAY);
        }
        return new Choice(batch, closed ? CloseReason.CLOSING : CloseReason.INSTANCE_IDLE);
    }

    /** How many requests run without waiting for more; 0 if they wait. */
    private int complete(List<QueuedRequest> group) {
        List<QueuedRequest> fitting = prefix(group, largestPreferred());
        if (rows(fitting) >= largestPreferred()) {
            return fitting.size();
        }
        for (int count = fitting.size(); count > 0; count--) {
            if (preferredSizes.contains(rows(group.subList(0, count)))) {
                return count;
            }
        }
        return fitting.size() < group.size() ? fitting.size() : 0;
    }

    /** As many as have at most so many rows, cut to a preferred size if one is among them. */
    private List<QueuedRequest> limit(List<QueuedRequest> batch, int maxRows) {
        List<QueuedRequest> fitting = prefix(batch, maxRows);
        for (int count = fitting.size(); count > 0 && fitting.size() < batch.size(); count--) {
            if (preferredSizes.contains(rows(batch.subList(0, count)))) {
                return batch.subList(0, count);
            }
        }
        return fitting;
    }

    private int largestPreferred() {
        return preferredSizes.isEmpty() ? maxRows : preferredSizes.getLast();
    }

    /** The longest beginning of at most so many rows; never nothing. */
    private List<QueuedRequest> prefix(List<QueuedRequest> group, int maxRows) {
        int count = 1;
        while (count < group.size() && rows(group.subList(0, count + 1)) <= maxRows) {
            count++;
        }
        return group.subList(0, count);
    }

    private int rows(List<QueuedRequest> requests) {
        return requests.stream().mapToInt(r -> batches ? Math.max(1, r.request().batchSize()) : 1).sum();
    }

    /** How long the requests that would run wait for more. */
    private long delayLeft(List<QueuedRequest> group, long nowNanos) {
        return Math.max(0, closesNanos(firstToClose(prefix(group, largestPreferred()))) - nowNanos);
    }

    private QueuedRequest firstToClose(List<QueuedRequest> requests) {
        return requests.stream().reduce((one, other) -> closesNanos(other) - closesNanos(one) < 0 ? other : one)
                .orElseThrow();
    }

    private long closesNanos(QueuedRequest request) {
        return request.queuedNanos() + maxDelay(request);
    }

    private long maxDelay(QueuedRequest request) {
        return timeout(request) == 0 ? delayNanos : Math.min(delayNanos, timeout(request) / 2);
    }

    /** All requests of each key, in the order in which they are served. */
    private List<List<QueuedRequest>> groups() {
        return queued.stream().map(QueuedRequest::key).distinct().map(key -> Stream.concat(inTime(), late.stream())
                .filter(r -> r.key().equals(key)).sorted(Comparator.comparingLong(this::level)).toList()).toList();
    }

    private Stream<QueuedRequest> inTime() {
        return queued.stream().filter(request -> !late.contains(request));
    }

    private Comparator<QueuedRequest> servedFirst(long nowNanos) {
        return Comparator.comparingLong(this::level).thenComparing(late::contains)
                .thenComparingLong(r -> r.queuedNanos() - nowNanos).thenComparingInt(queued::indexOf);
    }

    @Override
    public List<QueuedRequest> expire(long nowNanos) {
        List<QueuedRequest> rejected = new ArrayList<>();
        List<QueuedRequest> expired = inTime().filter(r -> timeout(r) > 0 && left(r, nowNanos) < 0)
                .sorted(Comparator.comparingLong(r -> left(r, nowNanos))).toList();
        for (QueuedRequest request : expired) {
            if (policy(request).timeoutAction() == QueuePolicy.TimeoutAction.REJECT) {
                queued.remove(request);
                rejected.add(request);
            } else {
                late.add(request);
            }
        }
        return rejected;
    }

    private long left(QueuedRequest request, long nowNanos) {
        return request.queuedNanos() + timeout(request) - nowNanos;
    }

    private long timeout(QueuedRequest request) {
        return policy(request).timeoutNanos(request.request().options().timeoutMicros());
    }

    private long level(QueuedRequest request) {
        return priorities.levelOf(request.request().options().priority());
    }

    private QueuePolicy policy(QueuedRequest request) {
        return priorities.policy(level(request));
    }

    @Override
    public void remove(QueuedRequest request) {
        queued.remove(request);
        late.remove(request);
    }

    @Override
    public long nanosUntilReady(long nowNanos) {
        if (!started) {
            return Long.MAX_VALUE;
        }
        return choose(nowNanos) != null ? 0
                : groups().stream().mapToLong(group -> delayLeft(group, nowNanos)).min().orElse(Long.MAX_VALUE);
    }

    @Override
    public List<QueuedRequest> clear() {
        List<QueuedRequest> removed = List.copyOf(queued);
        queued.clear();
        late.clear();
        return removed;
    }

    @Override
    public long nanosUntilDeadline(long nowNanos) {
        return inTime().filter(r -> timeout(r) > 0).mapToLong(r -> Math.max(0, left(r, nowNanos) + 1)).min()
                .orElse(Long.MAX_VALUE);
    }

    @Override
    public int runnable(long nowNanos) {
        return nanosUntilReady(nowNanos) == 0 ? 1 : 0;
    }

    @Override
    public long oldestWaitNanos(long nowNanos) {
        record Place(BatchKey group, long level, boolean late) {}
        Map<Place, QueuedRequest> first = new HashMap<>();
        Stream.concat(inTime(), late.stream()).forEach(
                request -> first.putIfAbsent(new Place(request.key(), level(request), late.contains(request)),
                        request));
        return first.values().stream().mapToLong(request -> Math.max(0, nowNanos - request.queuedNanos())).max()
                .orElse(0);
    }

    @Override
    public long rows() {
        return rows(queued);
    }

    @Override
    public int size() {
        return queued.size();
    }

    @Override
    public long rowsAhead(InferenceRequest request) {
        long level = priorities.levelOf(request.options().priority());
        return rows(queued.stream()
                .filter(r -> level(r) < level || (level(r) == level && !late.contains(r))).toList());
    }

    @Override
    public long nanosToReject(InferenceRequest request) {
        QueuePolicy policy = priorities.policy(priorities.levelOf(request.options().priority()));
        boolean rejects = policy.timeoutAction() == QueuePolicy.TimeoutAction.REJECT;
        return rejects ? policy.timeoutNanos(request.options().timeoutMicros()) : 0;
    }

    @Override
    public void limit(int maxRows, long delayNanos) {
        this.preferredSizes = List.of();
        this.maxRows = maxRows;
        this.delayNanos = delayNanos;
    }

    @Override
    public void flush() {
        closed = true;
        started = true;
    }
}
