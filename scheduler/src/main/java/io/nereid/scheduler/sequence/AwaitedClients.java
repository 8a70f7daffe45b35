package io.nereid.scheduler.sequence;

import org.jspecify.annotations.Nullable;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The iterative sequences that have run and wait for their clients to take what was sent, in the order in which they
 * began to wait; each has a slot. Used under the scheduler's lock.
 */
final class AwaitedClients {
    private final long idleNanos;
    private final Set<Sequence> sequences = new LinkedHashSet<>();

    /** @param idleNanos how long a client may let others wait for its slot */
    AwaitedClients(long idleNanos) {
        this.idleNanos = idleNanos;
    }

    void add(Sequence sequence, long nowNanos) {
        sequence.awaitsClientNanos = nowNanos;
        sequences.add(sequence);
    }

    void remove(@Nullable Sequence sequence) {
        sequences.remove(sequence);
    }

    /** The one that has waited longest, if it has waited too long; null if none has. */
    @Nullable
    Sequence late(long nowNanos) {
        return nanosUntilLate(nowNanos) == 0 ? sequences.iterator().next() : null;
    }

    /** Until the next one has waited too long; {@link Long#MAX_VALUE} if none waits. */
    long nanosUntilLate(long nowNanos) {
        Iterator<Sequence> longest = sequences.iterator();
        return longest.hasNext() ? Math.max(0, longest.next().awaitsClientNanos + idleNanos - nowNanos)
                : Long.MAX_VALUE;
    }
}
