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
 * The batcher's rules (docs/batching.md) as plainly as they can be said: two lists, and every answer is found anew. What
 * {@link BatchQueue} is held against.
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

    /** What an idle instance should run of one lane. */
    private record Decision(List<QueuedRequest> batch, CloseReason reason) {}

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
    public @Nullable CloseReason take(long nowNanos, int mostRows, List<QueuedRequest> batch) {
        Decision whole = decide(nowNanos);
        if (whole == null) {
            return null;
        }
        List<QueuedRequest> share = share(whole.batch, mostRows);
        Decision decision = share.size() < whole.batch.size() ? new Decision(share, CloseReason.SHARE) : whole;
        batch.addAll(decision.batch);
        decision.batch.forEach(this::remove);
        return decision.reason == CloseReason.INSTANCE_IDLE && size() > 0 ? CloseReason.SHAPE : decision.reason;
    }

    /** Of the lanes that can run, the one of the best first request. */
    private @Nullable Decision decide(long nowNanos) {
        if (!started) {
            return null;
        }
        return lanes().stream().map(lane -> decide(lane, nowNanos)).filter(decision -> decision != null)
                .min(Comparator.comparing(decision -> decision.batch.getFirst(), servedFirst(nowNanos))).orElse(null);
    }

    private @Nullable Decision decide(List<QueuedRequest> lane, long nowNanos) {
        boolean waited = delayNanos > 0 && patienceLeft(lane, nowNanos) == 0;
        int complete = complete(lane);
        if (complete > 0 && !waited) {
            List<QueuedRequest> batch = lane.subList(0, complete);
            boolean preferred = rows(batch) < maxRows && preferredSizes.contains(rows(batch));
            return new Decision(batch, preferred ? CloseReason.PREFERRED_SIZE : CloseReason.FULL);
        }
        if (delayNanos > 0 && !waited && !closed) {
            return null;
        }
        List<QueuedRequest> batch = prefix(lane, maxRows);
        if (batch.size() < lane.size() || rows(batch) >= maxRows) {
            return new Decision(batch, CloseReason.FULL);
        }
        if (waited) {
            boolean byTimeout = patience(firstToClose(prefix(lane, largestPreferred()))) < delayNanos;
            return new Decision(batch, byTimeout ? CloseReason.DEADLINE : CloseReason.DELAY);
        }
        return new Decision(batch, closed ? CloseReason.CLOSING : CloseReason.INSTANCE_IDLE);
    }

    /** How many requests run without waiting for more; 0 if they wait. */
    private int complete(List<QueuedRequest> lane) {
        List<QueuedRequest> fitting = prefix(lane, largestPreferred());
        if (rows(fitting) >= largestPreferred()) {
            return fitting.size();
        }
        for (int count = fitting.size(); count > 0; count--) {
            if (preferredSizes.contains(rows(lane.subList(0, count)))) {
                return count;
            }
        }
        return fitting.size() < lane.size() ? fitting.size() : 0;
    }

    /** As many as have at most so many rows, cut to a preferred size if one is among them. */
    private List<QueuedRequest> share(List<QueuedRequest> batch, int mostRows) {
        List<QueuedRequest> fitting = prefix(batch, mostRows);
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
    private List<QueuedRequest> prefix(List<QueuedRequest> lane, int mostRows) {
        int count = 1;
        while (count < lane.size() && rows(lane.subList(0, count + 1)) <= mostRows) {
            count++;
        }
        return lane.subList(0, count);
    }

    private int rows(List<QueuedRequest> requests) {
        return requests.stream().mapToInt(r -> batches ? Math.max(1, r.request().batchSize()) : 1).sum();
    }

    /** How long the requests that would run wait for more. */
    private long patienceLeft(List<QueuedRequest> lane, long nowNanos) {
        return Math.max(0, closesNanos(firstToClose(prefix(lane, largestPreferred()))) - nowNanos);
    }

    private QueuedRequest firstToClose(List<QueuedRequest> requests) {
        return requests.stream().reduce((one, other) -> closesNanos(other) - closesNanos(one) < 0 ? other : one)
                .orElseThrow();
    }

    private long closesNanos(QueuedRequest request) {
        return request.queuedNanos() + patience(request);
    }

    private long patience(QueuedRequest request) {
        return timeout(request) == 0 ? delayNanos : Math.min(delayNanos, timeout(request) / 2);
    }

    /** All requests of each key, in the order in which they are served. */
    private List<List<QueuedRequest>> lanes() {
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
    public void expire(long nowNanos, List<QueuedRequest> rejected) {
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
        return decide(nowNanos) != null ? 0
                : lanes().stream().mapToLong(lane -> patienceLeft(lane, nowNanos)).min().orElse(Long.MAX_VALUE);
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
        record Place(BatchKey lane, long level, boolean late) {}
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
    public void expedite() {
        closed = true;
        started = true;
    }
}
