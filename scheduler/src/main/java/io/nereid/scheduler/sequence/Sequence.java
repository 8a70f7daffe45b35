package io.nereid.scheduler.sequence;

import io.nereid.inference.CorrelationId;
import io.nereid.scheduler.SequenceState;
import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;

/**
 * The requests of one correlation id from a START on: those that are queued, the one that runs, and where they run. It
 * is open while its id finds it; closed, it has its slot until what is queued has been taken. Guarded by the scheduler's
 * lock.
 */
final class Sequence {
    private final CorrelationId id;
    private final SequenceState state = new SequenceState();
    /** Queued, in the order in which they run. */
    private final ArrayDeque<SequenceRequest> requests = new ArrayDeque<>(2);

    /** Where it runs; null while it waits for that, and when it has left. */
    @Nullable
    Slot slot;
    /**
     * The request that an instance has taken and not come back from; of an iterative sequence, that neither is over nor has
     * come back.
     */
    @Nullable
    SequenceRequest running;
    boolean isOpen = true;
    /** Whether its instance knows that it can run a request of it. */
    boolean isReady;
    /** Whether one of its requests was cancelled while it was queued. */
    boolean isBroken;
    /** Whether it was ended since its client did not read, and others waited for its slot. */
    boolean gaveWay;
    /** Since when what has run waits for its client; meaningless while it is not among those that do. */
    long awaitsClientNanos;
    /** Whether two sequences of its id were seen at a time. */
    boolean isConflicting;
    /** Why the instance is gone that had it; null where none is. */
    @Nullable
    String whyLost;
    /** When its first request that has a timeout loses patience; meaningless while {@link #deadlineIndex} is -1. */
    long deadlineNanos;
    /** Its place in the heap of deadlines; -1 where it has none. */
    int deadlineIndex = -1;

    // Its place among the open sequences, by their last use.

    long usedNanos;
    @Nullable
    Sequence usedBefore;
    @Nullable
    Sequence usedAfter;

    Sequence(CorrelationId id) {
        this.id = id;
    }

    /** What the backend keeps of it. */
    SequenceState state() {
        return state;
    }

    CorrelationId id() {
        return id;
    }

    /** The queued requests, in the order in which they run. */
    ArrayDeque<SequenceRequest> requests() {
        return requests;
    }

    /** Whether its first queued request is the next one to run, as soon as its instance may. */
    boolean isNext() {
        return running == null && !requests.isEmpty();
    }

    boolean isIdle() {
        return requests.isEmpty() && running == null;
    }

    /** For how long its first queued request has waited; 0 if it has none. */
    long waitNanos(long nowNanos) {
        SequenceRequest first = requests.peekFirst();
        return first == null ? 0 : nowNanos - first.queuedNanos();
    }
}
