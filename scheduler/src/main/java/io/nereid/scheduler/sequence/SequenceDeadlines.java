package io.nereid.scheduler.sequence;

import io.nereid.scheduler.IndexedHeap;
import io.nereid.scheduler.QueuePolicy;
import org.jspecify.annotations.Nullable;

/**
 * Until when the requests of sequences may wait. While a sequence has no slot, it is the earliest deadline of any of its
 * requests that counts, by the request's own timeout or the policy's; when it has one, the policy's for its first
 * request. Guarded by the scheduler's lock.
 */
final class SequenceDeadlines {
    private final QueuePolicy policy;
    private final IndexedHeap<Sequence> heap = new IndexedHeap<>(new DeadlineOrder());

    SequenceDeadlines(QueuePolicy policy) {
        this.policy = policy;
    }

    /** A request has joined a sequence, as the last. */
    void queued(Sequence sequence, SequenceRequest request) {
        if (sequence.slot != null) {
            changed(sequence);
            return;
        }
        long timeout = timeoutInBacklog(request);
        if (timeout > 0) {
            long deadline = request.queuedNanos() + timeout;
            if (sequence.deadlineIndex < 0 || deadline - sequence.deadlineNanos < 0) {
                place(sequence, deadline);
            }
        }
    }

    /** A sequence has another first request, none any more, or a slot. */
    void changed(Sequence sequence) {
        SequenceRequest first = sequence.requests().peekFirst();
        if (first != null && sequence.slot == null) {
            return; // what it has lost does not make it wait longer
        }
        long timeout = first == null ? 0 : policy.timeoutNanos(first.request().options().timeoutMicros());
        if (first == null || timeout == 0) {
            heap.remove(sequence);
        } else {
            place(sequence, first.queuedNanos() + timeout);
        }
    }

    private void place(Sequence sequence, long deadline) {
        sequence.deadlineNanos = deadline;
        heap.place(sequence);
    }

    private long timeoutInBacklog(SequenceRequest request) {
        long asked = request.request().options().timeoutMicros();
        long own = QueuePolicy.ALLOWING.timeoutNanos(asked);
        long byPolicy = policy.timeoutNanos(asked);
        return own == 0 || byPolicy == 0 ? Math.max(own, byPolicy) : Math.min(own, byPolicy);
    }

    /** A sequence whose deadline has passed; null if there is none. */
    @Nullable
    Sequence passed(long nowNanos) {
        Sequence first = heap.first();
        return first != null && first.deadlineNanos - nowNanos < 0 ? first : null;
    }

    /** How long until {@link #passed} has one; {@link Long#MAX_VALUE} for never. */
    long nanosUntilNext(long nowNanos) {
        Sequence first = heap.first();
        return first == null ? Long.MAX_VALUE : Math.max(0, first.deadlineNanos - nowNanos + 1);
    }

    private static final class DeadlineOrder implements IndexedHeap.Order<Sequence> {
        @Override
        public boolean isBefore(Sequence one, Sequence other) {
            return one.deadlineNanos - other.deadlineNanos < 0;
        }

        @Override
        public int index(Sequence sequence) {
            return sequence.deadlineIndex;
        }

        @Override
        public void index(Sequence sequence, int index) {
            sequence.deadlineIndex = index;
        }
    }
}
