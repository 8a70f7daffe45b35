package io.nereid.scheduler.sequence;

import org.jspecify.annotations.Nullable;

import java.util.Comparator;

/** A place for one sequence at an instance. Guarded by the scheduler's lock. */
final class Slot {
    /** Low rows first, so that batches stay short; of equal rows that of the instance with the smallest number. */
    static final Comparator<Slot> LOWEST_FIRST = Slot::compare;

    private final InstanceRows rows;
    private final int row;
    /** What has it; null where it is free. */
    @Nullable
    Sequence sequence;

    Slot(InstanceRows rows, int row) {
        this.rows = rows;
        this.row = row;
    }

    private static int compare(Slot one, Slot other) {
        return one.row == other.row ? Integer.compare(one.rows.number(), other.rows.number())
                : Integer.compare(one.row, other.row);
    }

    InstanceRows rows() {
        return rows;
    }

    /** Whether its instance has none behind it. */
    boolean isLast() {
        return row == rows.slots().size() - 1;
    }
}
