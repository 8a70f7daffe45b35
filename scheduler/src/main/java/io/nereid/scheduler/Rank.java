package io.nereid.scheduler;

import org.jspecify.annotations.Nullable;

/**
 * A stretch of a group: its requests of one level that are in time, or of one level that are late and may run only
 * after those. Guarded by the scheduler's lock.
 */
final class Rank {
    private final long level;
    private final boolean late;
    /** The last request of this rank, after which the next one goes; null where there is none. */
    @Nullable
    BatchQueueEntry tail;

    Rank(long level, boolean late) {
        this.level = level;
        this.late = late;
    }

    /** Negative if this rank is served before that one, 0 if it is the same. */
    int compareTo(long otherLevel, boolean otherLate) {
        return level != otherLevel ? Long.compareUnsigned(level, otherLevel) : Boolean.compare(late, otherLate);
    }

    int compareTo(Rank other) {
        return compareTo(other.level, other.late);
    }
}
