package io.nereid.scheduler;

/** What is queued of one priority level. Guarded by the scheduler's lock. */
final class PriorityLevel {
    final long number;
    final QueuePolicy policy;
    private int requests;
    private long rows;
    /** Those of {@link #rows} that go behind all in time. */
    private long lateRows;

    PriorityLevel(long number, QueuePolicy policy) {
        this.number = number;
        this.policy = policy;
    }

    boolean isFull() {
        return policy.maxQueueSize() > 0 && requests >= policy.maxQueueSize();
    }

    boolean isEmpty() {
        return requests == 0;
    }

    /** Rows of its requests. */
    long rows() {
        return rows;
    }

    /** Rows of those that are in time. */
    long rowsInTime() {
        return rows - lateRows;
    }

    /** A request in time is queued. */
    void entered(BatchQueueEntry request) {
        requests++;
        rows += request.rows;
    }

    /** A request that is queued goes behind all in time. */
    void delayed(BatchQueueEntry request) {
        request.late = true;
        lateRows += request.rows;
    }

    /** A request is queued no longer. */
    void left(BatchQueueEntry request) {
        requests--;
        rows -= request.rows;
        lateRows -= request.late ? request.rows : 0;
    }
}
