package io.nereid.scheduler.extension;

import io.nereid.inference.InferenceRequest;
import io.nereid.scheduler.Decision;
import io.nereid.scheduler.IdleInstance;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.scheduler.RequestQueue;
import io.nereid.statistics.CloseReason;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * A queue that chooses by instance, as one for sequences must: each request names the instance that runs it by its id,
 * up to the first dot. Written with nothing but the public types of the scheduler.
 */
final class PinnedQueue implements RequestQueue {
    private final List<Deque<QueuedRequest>> byInstance = new ArrayList<>();

    PinnedQueue(int instances) {
        for (int i = 0; i < instances; i++) {
            byInstance.add(new ArrayDeque<>());
        }
    }

    private Deque<QueuedRequest> of(QueuedRequest request) {
        String id = request.request().id();
        return byInstance.get(Integer.parseInt(id.substring(0, id.indexOf('.'))));
    }

    @Override
    public boolean offer(QueuedRequest request) {
        return of(request).add(request);
    }

    @Override
    public Decision decide(long nowNanos, IdleInstance instance) {
        QueuedRequest next = byInstance.get(instance.number()).poll();
        if (next == null) {
            return Decision.IDLE;
        }
        instance.batch().add(next);
        return new Decision.Run(CloseReason.INSTANCE_IDLE);
    }

    @Override
    public boolean isFor(IdleInstance instance, long nowNanos) {
        return !byInstance.get(instance.number()).isEmpty();
    }

    @Override
    public int runnable(long nowNanos) {
        return (int) byInstance.stream().filter(queue -> !queue.isEmpty()).count();
    }

    @Override
    public List<QueuedRequest> expire(long nowNanos) {
        return List.of();
    }

    @Override
    public void remove(QueuedRequest request) {
        of(request).remove(request);
    }

    @Override
    public long nanosUntilReady(long nowNanos) {
        return size() == 0 ? Long.MAX_VALUE : 0;
    }

    @Override
    public List<QueuedRequest> clear() {
        List<QueuedRequest> removed = byInstance.stream().flatMap(Deque::stream).toList();
        byInstance.forEach(Deque::clear);
        return removed;
    }

    @Override
    public long nanosUntilDeadline(long nowNanos) {
        return Long.MAX_VALUE;
    }

    @Override
    public int size() {
        return byInstance.stream().mapToInt(Deque::size).sum();
    }

    @Override
    public long oldestWaitNanos(long nowNanos) {
        return 0;
    }

    @Override
    public long rows() {
        return size();
    }

    @Override
    public long rowsAhead(InferenceRequest request) {
        return 0;
    }

    @Override
    public long nanosToReject(InferenceRequest request) {
        return 0;
    }

    @Override
    public void limit(int maxRows, long delayNanos) {
        // Every request runs alone.
    }

    @Override
    public void flush() {
        // No request waits for others.
    }
}
