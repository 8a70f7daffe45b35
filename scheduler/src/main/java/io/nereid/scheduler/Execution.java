package io.nereid.scheduler;

/** What runs requests that have left the queue, as the scheduler sees it. Thread-safe. */
@FunctionalInterface
public interface Execution {
    /**
     * {@code request} has been {@link QueuedRequest#isCancelled cancelled}: when that is so for all that run together,
     * the run is ended as soon as it can be. Does nothing for a request that it does not run yet, which it will see by
     * itself, or not any longer.
     */
    void cancel(QueuedRequest request);
}
