package io.nereid.scheduler;

import io.nereid.inference.InferenceRequest;
import io.nereid.inference.ResponseListener;
import org.jspecify.annotations.Nullable;

import java.util.function.Consumer;

/**
 * What {@link BatchQueue} keeps of a request. Guarded by the scheduler's lock. A queue that has one within extends it by
 * what it keeps itself.
 */
public class BatchQueueEntry extends QueuedRequest {
    /** Its place in its group's list. */
    @Nullable
    BatchQueueEntry previous;
    @Nullable
    BatchQueueEntry next;
    /** Null while it is not queued. */
    @Nullable
    BatchGroup group;
    @Nullable
    Rank rank;
    @Nullable
    PriorityLevel level;
    /** Its number among all that the queue accepted: which came first of those that came at the same nanosecond. */
    long number;
    /** Whether it is served after all of its level that are in time. */
    boolean late;
    /** Rows it takes up in a batch. */
    int rows;
    /** How long it may wait for others to join it because of its timeout. */
    long maxDelayNanos;
    /** When its timeout passes; meaningless while {@link #deadlineIndex} is -1. */
    long deadlineNanos;
    /** Its place in the heap of deadlines; -1 where it has no deadline ahead. */
    int deadlineIndex = -1;

    /** An entry that is not queued yet; the parameters are {@link QueuedRequest}'s. */
    public BatchQueueEntry(InferenceRequest request, ResponseListener listener, BatchKey key, long queuedNanos,
            Consumer<QueuedRequest> canceller) {
        super(request, listener, key, queuedNanos, canceller);
    }
}
