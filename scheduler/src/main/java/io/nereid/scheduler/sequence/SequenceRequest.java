package io.nereid.scheduler.sequence;

import io.nereid.inference.InferenceRequest;
import io.nereid.inference.ResponseListener;
import io.nereid.scheduler.BatchKey;
import io.nereid.scheduler.BatchQueueEntry;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.scheduler.SequenceState;
import org.jspecify.annotations.Nullable;

import java.util.Objects;
import java.util.function.Consumer;

/** What {@link SequenceQueue} keeps of a request. Guarded by the scheduler's lock. */
final class SequenceRequest extends BatchQueueEntry {
    private final long arrivedNanos;
    private @Nullable Sequence sequence;

    SequenceRequest(InferenceRequest request, ResponseListener listener, BatchKey key, long queuedNanos,
            Consumer<QueuedRequest> canceller) {
        super(request, listener, key, queuedNanos, canceller);
        arrivedNanos = queuedNanos;
    }

    /** The sequence that it has been queued in. */
    Sequence sequence() {
        return Objects.requireNonNull(sequence, "the request was never queued");
    }

    @Override
    public long arrivedNanos() {
        return arrivedNanos;
    }

    @Override
    public SequenceState sequenceState() {
        return sequence().state();
    }

    /** Whether it has been queued. */
    boolean hasSequence() {
        return sequence != null;
    }

    void joins(Sequence joined) {
        sequence = joined;
    }

    /** Goes back into its sequence, in front, as that request. */
    void comesBack(InferenceRequest next, long nowNanos) {
        becomes(next, nowNanos);
        sequence().requests().addFirst(this);
    }
}
