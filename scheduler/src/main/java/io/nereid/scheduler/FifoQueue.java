package io.nereid.scheduler;

import java.util.ArrayDeque;
import java.util.List;

/** The queue of a model without a batcher: every request runs alone, first come first served. */
public final class FifoQueue implements RequestQueue {
    private final ArrayDeque<QueuedRequest> requests = new ArrayDeque<>();

    @Override
    public void offer(QueuedRequest request) {
        requests.addLast(request);
    }

    @Override
    public void take(long nowNanos, List<QueuedRequest> batch) {
        QueuedRequest first = requests.pollFirst();
        if (first != null) {
            batch.add(first);
        }
    }

    @Override
    public int size() {
        return requests.size();
    }
}
