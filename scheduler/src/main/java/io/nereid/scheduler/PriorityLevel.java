package io.nereid.scheduler;

/** What is queued of one priority level. Guarded by the scheduler's lock. */
final class PriorityLevel {
    final long number;
    final QueuePolicy policy;
    int requests;
    long rows;
    /** Those of {@link #rows} that go behind all in time. */
    long lateRows;

    PriorityLevel(long number, QueuePolicy policy) {
        this.number = number;
        this.policy = policy;
    }

    boolean isFull() {
        return policy.maxQueueSize() > 0 && requests >= policy.maxQueueSize();
    }
}
