package io.nereid.scheduler.sequence;

import io.nereid.scheduler.QueuedRequest;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * Which sequences end since time has passed: those of which a request has waited too long; an open one that has had nothing to
 * run for the idle time; and one whose client has not read for so long, while others wait for a slot. Guarded by the
 * scheduler's lock.
 */
final class SequenceTimeouts {
    private final long idleNanos;
    private final KnownSequences sequences;
    private final OpenSequences open;
    private final SequenceSlots slots;
    private final AwaitedClients awaitedClients;
    private final SequenceDeadlines deadlines;

    /** @param idleNanos how long an open sequence may have nothing to run */
    SequenceTimeouts(long idleNanos, KnownSequences sequences, OpenSequences open, SequenceSlots slots,
            AwaitedClients awaitedClients, SequenceDeadlines deadlines) {
        this.idleNanos = idleNanos;
        this.sequences = sequences;
        this.open = open;
        this.slots = slots;
        this.awaitedClients = awaitedClients;
        this.deadlines = deadlines;
    }

    /** Ends those sequences; returns their requests, which have left. */
    List<QueuedRequest> expire(long nowNanos) {
        List<QueuedRequest> expired = List.of();
        for (Sequence late = deadlines.passed(nowNanos); late != null; late = deadlines.passed(nowNanos)) {
            expired = expired.isEmpty() ? new ArrayList<>() : expired;
            expired.addAll(sequences.end(late));
        }
        closeIdle(nowNanos);
        sequences.placeBacklog();
        for (Sequence slow = slowest(nowNanos); slow != null; slow = slowest(nowNanos)) {
            expired = expired.isEmpty() ? new ArrayList<>() : expired;
            slow.gaveWay = true;
            expired.addAll(sequences.end(slow));
            sequences.placeBacklog();
        }
        return expired;
    }

    private void closeIdle(long nowNanos) {
        Sequence first = open.usedFirst();
        while (first != null && nowNanos - first.usedNanos - idleNanos >= 0) {
            if (!sequences.closeIfIdle(first)) {
                open.use(first, nowNanos);
            }
            first = open.usedFirst();
        }
    }

    /** A sequence whose client has not read for too long, while others wait for a slot; null if there is none. */
    private @Nullable Sequence slowest(long nowNanos) {
        return slots.backlog().isEmpty() ? null : awaitedClients.late(nowNanos);
    }

    /** How long until {@link #expire} has something to do; {@link Long#MAX_VALUE} for never. */
    long nanosUntilNext(long nowNanos) {
        Sequence first = open.usedFirst();
        long untilIdle = first == null ? Long.MAX_VALUE : Math.max(0, first.usedNanos + idleNanos - nowNanos);
        long untilGivesWay = slots.backlog().isEmpty() ? Long.MAX_VALUE : awaitedClients.nanosUntilLate(nowNanos);
        return Math.min(Math.min(untilIdle, untilGivesWay), deadlines.nanosUntilNext(nowNanos));
    }
}
