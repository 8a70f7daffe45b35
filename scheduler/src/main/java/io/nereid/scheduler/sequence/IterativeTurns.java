package io.nereid.scheduler.sequence;

import io.nereid.inference.InferenceRequest;
import io.nereid.scheduler.Refusal;
import io.nereid.statistics.Rejection;
import org.jspecify.annotations.Nullable;

import java.util.function.UnaryOperator;

/**
 * What becomes of a request of an iterative sequence after each of its executions: it runs again, is over, or waits for
 * its client to take what was sent. Guarded by the scheduler's lock.
 */
final class IterativeTurns {
    private final UnaryOperator<InferenceRequest> nextTurns;
    private final KnownSequences sequences;
    private final AwaitedClients awaitedClients;
    private final SequenceErrors errors;

    /** @param nextTurns makes the request of the next execution of one that comes back, over the same memory */
    IterativeTurns(UnaryOperator<InferenceRequest> nextTurns, KnownSequences sequences, AwaitedClients awaitedClients,
            SequenceErrors errors) {
        this.nextTurns = nextTurns;
        this.sequences = sequences;
        this.awaitedClients = awaitedClients;
        this.errors = errors;
    }

    /** Queues the request again, or says why not. Its turn comes after those of sequences that have waited longer. */
    @Nullable
    Refusal reschedule(SequenceRequest request, long nowNanos) {
        Sequence sequence = request.sequence();
        awaitedClients.remove(sequence);
        if (sequence.gaveWay) {
            return new Refusal(Rejection.TIMEOUT, errors.gaveWay());
        }
        if (sequence.whyLost != null) {
            return new Refusal(Rejection.NO_INSTANCE, errors.lost(sequence.whyLost));
        }
        if (!sequence.isOpen || sequence.slot == null) {
            return new Refusal(Rejection.CANCELLED, errors.ended());
        }
        request.comesBack(nextTurns.apply(request.request()), nowNanos);
        sequences.comesBack(sequence, sequence.slot, nowNanos);
        return null;
    }

    /** Only what the client has not taken is left of an execution. One whose instance is to go has no slot for others. */
    void awaitsClient(SequenceRequest request, long nowNanos) {
        Sequence sequence = request.sequence();
        if (isRunning(request) && sequence.slot != null && !sequence.slot.rows().isRetiring) {
            awaitedClients.add(sequence, nowNanos);
        }
    }

    /** The request has been executed for the last time. The sequence is over, too, if nothing of it is queued. */
    void released(SequenceRequest request) {
        if (!isRunning(request)) {
            return; // its instance is gone
        }
        Sequence sequence = request.sequence();
        awaitedClients.remove(sequence);
        sequence.running = null;
        if (!sequences.closeIfIdle(sequence) && sequence.slot != null) {
            sequence.slot.rows().settled(sequence);
        }
        sequences.placeBacklog();
    }

    @SuppressWarnings("ReferenceEquality") // the very request
    private static boolean isRunning(SequenceRequest request) {
        return request.sequence().running == request;
    }
}
