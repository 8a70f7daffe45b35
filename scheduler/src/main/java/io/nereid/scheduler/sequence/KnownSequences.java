package io.nereid.scheduler.sequence;

import io.nereid.inference.CorrelationId;
import io.nereid.scheduler.QueuedRequest;
import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The steps in the life of a sequence: it begins, takes requests, has some of them run, and is over. Each step changes at
 * once all that knows of it: who is open, who has which slot, who waits for one, until when requests may wait. Guarded by
 * the scheduler's lock.
 *
 * <p>Invariants:
 * <ul>
 * <li>The requests of a sequence run in the order in which they came, each when the one before it has run, and does not
 *     come back.
 * <li>Every sequence is in one slot, in the backlog, or in neither: then it has no requests, and was lost with its
 *     instance. One that is closed has requests, or is in neither.
 * <li>Where the backlog is not empty, no slot is free: whoever lets one become free calls {@link #placeBacklog} after that.
 * <li>{@link #size} is the number of requests in all sequences; exactly the sequences that have a request with a timeout
 *     are in the heap of deadlines.
 * </ul>
 */
final class KnownSequences {
    private final OpenSequences open;
    private final SequenceSlots slots;
    private final AwaitedClients awaitedClients;
    private final SequenceDeadlines deadlines;
    private int size;
    private boolean closing;

    /** None yet. All parts are empty, and change by these methods only. */
    KnownSequences(OpenSequences open, SequenceSlots slots, AwaitedClients awaitedClients,
            SequenceDeadlines deadlines) {
        this.open = open;
        this.slots = slots;
        this.awaitedClients = awaitedClients;
        this.deadlines = deadlines;
    }

    /** How many requests are queued. */
    int size() {
        return size;
    }

    // Begin

    /** The sequence of that id, which is used now; null where none is open. One that was lost is so no longer. */
    @Nullable
    Sequence use(CorrelationId id, long nowNanos) {
        Sequence sequence = open.find(id);
        if (sequence == null) {
            return null;
        }
        if (sequence.whyLost != null) {
            open.close(sequence);
            return null;
        }
        open.use(sequence, nowNanos);
        return sequence;
    }

    /** A new sequence of an id that has no open one. */
    Sequence begin(CorrelationId id, long nowNanos) {
        Sequence begun = new Sequence(id);
        open.add(begun, nowNanos);
        return begun;
    }

    // Requests

    /**
     * Queues a request as the sequence's last one.
     *
     * @param ends whether no other may come after it
     */
    void queue(Sequence sequence, SequenceRequest request, boolean ends) {
        request.joins(sequence);
        sequence.requests().addLast(request);
        size++;
        if (ends) {
            open.close(sequence);
        }
        if (sequence.slot != null) {
            sequence.slot.rows().queued(sequence);
        } else if (sequence.requests().size() == 1) {
            slots.place(sequence);
        }
        deadlines.queued(sequence, request);
    }

    /** An instance has taken these requests, each the first of its sequence; sequences that are over leave their slots. */
    void taken(InstanceRows rows, List<QueuedRequest> batch) {
        for (int i = 0; i < batch.size(); i++) {
            if (batch.get(i) instanceof SequenceRequest request) { // the others are null rows
                Sequence sequence = request.sequence();
                sequence.requests().removeFirst();
                sequence.running = request;
                size--;
                rows.running().add(sequence);
                rows.taken(sequence);
                deadlines.changed(sequence);
            }
        }
        for (int i = 0; i < rows.running().size(); i++) {
            leaveIfOver(rows.running().get(i));
        }
    }

    /** What an instance has taken of a sequence has run, for good. */
    void settled(Sequence sequence, InstanceRows rows, long nowNanos) {
        sequence.running = null;
        if (sequence.isOpen && closing) {
            boolean _ = closeIfIdle(sequence);
        } else if (sequence.isOpen) {
            open.use(sequence, nowNanos);
        } else if (sequence.requests().isEmpty()) {
            sequence.state().end();
        }
        if (sequence.slot != null) {
            rows.settled(sequence);
        }
    }

    /** What has run of a sequence is to run again, as it is queued in front of it now. */
    void comesBack(Sequence sequence, Slot slot, long nowNanos) {
        sequence.running = null;
        size++;
        open.use(sequence, nowNanos);
        slot.rows().settled(sequence);
        deadlines.changed(sequence);
    }

    /** Takes one request out of its sequence, which then lacks it. */
    void withdraw(SequenceRequest request) {
        Sequence sequence = request.sequence();
        ArrayDeque<SequenceRequest> requests = sequence.requests();
        if (sequence.slot != null) {
            sequence.slot.rows().withdrawn(sequence);
        }
        if (!requests.remove(request)) {
            throw new IllegalStateException("the request is not queued");
        }
        size--;
        sequence.isBroken = true;
        deadlines.changed(sequence);
    }

    private List<QueuedRequest> withdrawAll(Sequence sequence) {
        if (sequence.slot != null) {
            sequence.slot.rows().withdrawn(sequence);
        }
        List<QueuedRequest> left = new ArrayList<>(sequence.requests());
        size -= left.size();
        sequence.requests().clear();
        deadlines.changed(sequence);
        return left;
    }

    // End

    /** Closes a sequence that has nothing to run; says whether that was so. */
    boolean closeIfIdle(Sequence sequence) {
        boolean idle = sequence.isIdle();
        if (idle) {
            open.close(sequence);
            leaveIfOver(sequence);
            sequence.state().end();
        }
        return idle;
    }

    /** A sequence that is closed leaves when all it had has been taken. */
    private void leaveIfOver(Sequence sequence) {
        if (!sequence.isOpen && sequence.requests().isEmpty() && sequence.slot != null) {
            slots.remove(sequence);
        }
    }

    /** Closes a sequence and takes it from its slot or the backlog; returns its requests, which have left. */
    List<QueuedRequest> end(Sequence sequence) {
        List<QueuedRequest> left = withdrawAll(sequence);
        awaitedClients.remove(sequence);
        open.close(sequence);
        slots.remove(sequence);
        sequence.state().end();
        return left;
    }

    /**
     * A sequence has no slot any more, since its instance is gone; returns its requests, which have left. Until it would
     * have been idle too long, its id finds why.
     */
    List<QueuedRequest> lose(Sequence sequence, String why) {
        sequence.running = null;
        List<QueuedRequest> left = withdrawAll(sequence);
        awaitedClients.remove(sequence);
        sequence.whyLost = why;
        slots.remove(sequence);
        sequence.state().end();
        return left;
    }

    /** No request will come: these sequences, and all others when what they have has run, make room for those that wait. */
    void close(List<Sequence> placed) {
        closing = true;
        for (Sequence sequence : placed) {
            boolean _ = closeIfIdle(sequence);
        }
        placeBacklog();
    }

    /** Gives what slots are free to those that wait for one. */
    void placeBacklog() {
        for (Sequence placed = slots.placeNext(); placed != null; placed = slots.placeNext()) {
            deadlines.changed(placed);
        }
    }
}
