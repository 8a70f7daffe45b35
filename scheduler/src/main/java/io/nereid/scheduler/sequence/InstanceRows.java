package io.nereid.scheduler.sequence;

import io.nereid.scheduler.Decision;
import io.nereid.scheduler.IdleInstance;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * The sequences of one instance, and which of their requests it runs together. The queue takes what was decided out of
 * the sequences. Guarded by the scheduler's lock.
 */
abstract sealed class InstanceRows permits DirectRows, OldestRows {
    private final int number;
    private final int mostSlots;
    private final List<Slot> slots = new ArrayList<>();
    private final List<Sequence> running = new ArrayList<>();
    private int occupied;
    /** Whether the instance takes no further sequences. */
    boolean isRetiring;

    /** @param mostSlots how many sequences it may have; there is no slot before one needs it */
    InstanceRows(int number, int mostSlots) {
        this.number = number;
        this.mostSlots = mostSlots;
    }

    /** Puts those requests into the instance's batch that it runs now, each the first of its sequence. */
    abstract Decision decide(long nowNanos, IdleInstance instance);

    /** How long until it has something to run; 0 for now, {@link Long#MAX_VALUE} for never. */
    abstract long nanosUntilReady(long nowNanos);

    /** A sequence in a slot has requests, perhaps more than before. */
    abstract void queued(Sequence sequence);

    /** The first request of a sequence, which has left it, is run by the instance. */
    abstract void taken(Sequence sequence);

    /** A request of a sequence in a slot has run, or comes back. */
    abstract void settled(Sequence sequence);

    /** The first request of a sequence, or the sequence, is about to go without being run. */
    abstract void withdrawn(Sequence sequence);

    /** From now on no request waits for others. */
    abstract void flush();

    final int number() {
        return number;
    }

    /** Those that there are. */
    final List<Slot> slots() {
        return slots;
    }

    /** One more, behind the others; null where there are as many as may be. */
    final @Nullable Slot addSlot() {
        if (slots.size() == mostSlots) {
            return null;
        }
        Slot slot = new Slot(this, slots.size());
        slots.add(slot);
        return slot;
    }

    /** The sequences that have a slot here, in the order of their rows. */
    final List<Sequence> sequences() {
        List<Sequence> sequences = new ArrayList<>(occupied);
        for (Slot slot : slots) {
            if (slot.sequence != null) {
                sequences.add(slot.sequence);
            }
        }
        return sequences;
    }

    /** The sequences whose requests the instance has taken last, while it has not come back from them. */
    final List<Sequence> running() {
        return running;
    }

    /** Gives a free slot of this instance to a sequence. */
    final void occupy(Slot slot, Sequence sequence) {
        slot.sequence = sequence;
        sequence.slot = slot;
        occupied++;
        if (!sequence.requests().isEmpty()) {
            queued(sequence);
        }
    }

    /** Takes the slot from a sequence without requests. */
    final void vacate(Slot slot, Sequence sequence) {
        slot.sequence = null;
        sequence.slot = null;
        occupied--;
    }

    /** Whether a sequence has a slot here. */
    final boolean isOccupied() {
        return occupied > 0;
    }
}
