package io.nereid.scheduler;

import java.util.List;

/**
 * Decides which queued requests run together next. An implementation is pure: no clock, no lock, no thread; it is not
 * thread-safe, {@link Scheduler} calls it under its lock.
 */
public interface RequestQueue {
    /** Takes a request in. */
    void offer(QueuedRequest request);

    /**
     * Moves the requests that an idle instance should run now, at {@code nowNanos}, into {@code batch}, and leaves it as
     * it is when nothing should run yet.
     */
    void take(long nowNanos, List<QueuedRequest> batch);

    /** How many requests are queued. */
    int size();
}
