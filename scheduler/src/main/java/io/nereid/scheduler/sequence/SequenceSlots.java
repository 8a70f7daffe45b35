package io.nereid.scheduler.sequence;

import org.jspecify.annotations.Nullable;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * The free slots of all instances, and who waits for one: a sequence gets the lowest, or waits in the backlog, from which
 * the one goes first that came first. Of each instance there is a free slot behind those that were taken, as long as it
 * may have more; others are made when that is taken. Guarded by the scheduler's lock.
 */
final class SequenceSlots {
    private final TreeSet<Slot> free = new TreeSet<>(Slot.LOWEST_FIRST);
    private final Set<Sequence> backlog = new LinkedHashSet<>();

    /** The sequences that wait for a slot. */
    Set<Sequence> backlog() {
        return backlog;
    }

    /** An instance whose slots are free. */
    void add(InstanceRows rows) {
        addSlot(rows);
    }

    private void addSlot(InstanceRows rows) {
        Slot more = rows.addSlot();
        if (more != null) {
            free.add(more);
        }
    }

    /** The lowest free slot, which is free no longer; null if there is none. */
    private @Nullable Slot take() {
        Slot slot = free.pollFirst();
        if (slot != null && slot.isLast()) {
            addSlot(slot.rows());
        }
        return slot;
    }

    /** The instance's free slots go to nobody any more. */
    void retire(InstanceRows rows) {
        rows.isRetiring = true;
        rows.slots().forEach(free::remove);
    }

    /** Gives a slot to a sequence that has none, or lets it wait. */
    void place(Sequence sequence) {
        Slot slot = backlog.isEmpty() ? take() : null;
        if (slot == null) {
            backlog.add(sequence);
        } else {
            slot.rows().occupy(slot, sequence);
        }
    }

    /** A sequence without requests leaves its slot, or the backlog. */
    void remove(Sequence sequence) {
        Slot slot = sequence.slot;
        if (slot == null) {
            backlog.remove(sequence);
            return;
        }
        slot.rows().vacate(slot, sequence);
        if (!slot.rows().isRetiring) {
            free.add(slot);
        }
    }

    /** Gives a free slot to the next sequence of the backlog; returns that, or null where either is missing. */
    @Nullable
    Sequence placeNext() {
        Iterator<Sequence> next = backlog.iterator();
        if (!next.hasNext() || free.isEmpty()) {
            return null;
        }
        Sequence sequence = next.next();
        next.remove();
        Slot slot = Objects.requireNonNull(take());
        slot.rows().occupy(slot, sequence);
        return sequence;
    }
}
