package io.nereid.scheduler.sequence;

import io.nereid.inference.CorrelationId;
import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;

/**
 * The sequences that are open, by id and by when they were used last. Each use costs the same however many there are.
 * Guarded by the scheduler's lock.
 */
final class OpenSequences {
    private final Map<CorrelationId, Sequence> byId = new HashMap<>();
    private @Nullable Sequence usedFirst;
    private @Nullable Sequence usedLast;
    private final SequenceMemory memory;
    private long heldBytes;
    /** Whether no further ones are charged: the model is closed. */
    private boolean ended;

    /** @param memory charged with each as long as it is open */
    OpenSequences(SequenceMemory memory) {
        this.memory = memory;
    }

    @Nullable
    Sequence find(CorrelationId id) {
        return byId.get(id);
    }

    int size() {
        return byId.size();
    }

    /** The one that was used longest ago; null if there is none. */
    @Nullable
    Sequence usedFirst() {
        return usedFirst;
    }

    void add(Sequence sequence, long nowNanos) {
        byId.put(sequence.id(), sequence);
        charge(SequenceMemory.bytes(sequence.id()));
        append(sequence, nowNanos);
    }

    private void charge(long bytes) {
        if (!ended) {
            heldBytes += bytes;
            memory.hold(bytes);
        }
    }

    /** Gives back what they take, also of those that nobody closes any more. */
    void end() {
        ended = true;
        memory.release(heldBytes);
        heldBytes = 0;
    }

    /** One that is open is used now. */
    void use(Sequence sequence, long nowNanos) {
        unlink(sequence);
        append(sequence, nowNanos);
    }

    /** From now on its id does not find it; without effect if that is so already. */
    void close(Sequence sequence) {
        if (sequence.isOpen) {
            sequence.isOpen = false;
            byId.remove(sequence.id());
            charge(-SequenceMemory.bytes(sequence.id()));
            unlink(sequence);
        }
    }

    private void append(Sequence sequence, long nowNanos) {
        sequence.usedNanos = nowNanos;
        sequence.usedBefore = usedLast;
        if (usedLast == null) {
            usedFirst = sequence;
        } else {
            usedLast.usedAfter = sequence;
        }
        usedLast = sequence;
    }

    private void unlink(Sequence sequence) {
        Sequence before = sequence.usedBefore;
        Sequence after = sequence.usedAfter;
        if (before == null) {
            usedFirst = after;
        } else {
            before.usedAfter = after;
        }
        if (after == null) {
            usedLast = before;
        } else {
            after.usedBefore = before;
        }
        sequence.usedBefore = null;
        sequence.usedAfter = null;
    }
}
