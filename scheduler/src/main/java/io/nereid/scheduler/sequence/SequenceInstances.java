package io.nereid.scheduler.sequence;

import io.nereid.inference.InferenceRequest;
import io.nereid.scheduler.IdleInstance;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** The instances there are, and when each has something to run. Guarded by the scheduler's lock. */
final class SequenceInstances {
    private final SequenceStrategy strategy;
    private final UnaryOperator<InferenceRequest> nullRequests;
    /** By the instance's number; null where there is no such instance. */
    private final List<@Nullable InstanceRows> byNumber = new ArrayList<>();
    private final List<InstanceRows> present = new ArrayList<>();
    private boolean flushed;

    /** @param nullRequests makes the request of a null row like one that it runs together with */
    SequenceInstances(SequenceStrategy strategy, UnaryOperator<InferenceRequest> nullRequests) {
        this.strategy = strategy;
        this.nullRequests = nullRequests;
    }

    /** The rows of that instance; null if there is none. */
    @Nullable
    InstanceRows of(int instance) {
        return instance < byNumber.size() ? byNumber.get(instance) : null;
    }

    /** Those of all instances there are. */
    List<InstanceRows> all() {
        return present;
    }

    /** There is an instance of that number from now on; its rows. */
    InstanceRows add(int instance) {
        InstanceRows rows = switch (strategy) {
            case SequenceStrategy.Direct direct -> new DirectRows(instance, direct, nullRequests);
            case SequenceStrategy.Oldest oldest -> new OldestRows(instance, oldest);
        };
        if (flushed) {
            rows.flush();
        }
        while (byNumber.size() <= instance) {
            byNumber.add(null);
        }
        byNumber.set(instance, rows);
        present.add(rows);
        return rows;
    }

    void remove(InstanceRows rows) {
        byNumber.set(rows.number(), null);
        present.remove(rows);
    }

    /** From now on no request waits for others, also at instances to come. */
    void flush() {
        flushed = true;
        present.forEach(InstanceRows::flush);
    }

    /** How long until the first one has something to run; 0 for now, {@link Long#MAX_VALUE} for never. */
    long nanosUntilReady(long nowNanos) {
        long earliest = Long.MAX_VALUE;
        for (int i = 0; i < present.size(); i++) {
            earliest = Math.min(earliest, present.get(i).nanosUntilReady(nowNanos));
        }
        return earliest;
    }

    /** How many have something to run now. */
    int ready(long nowNanos) {
        int ready = 0;
        for (int i = 0; i < present.size(); i++) {
            ready += present.get(i).nanosUntilReady(nowNanos) == 0 ? 1 : 0;
        }
        return ready;
    }

    /** Whether that one has something to run now, or before all others. */
    boolean isFirst(IdleInstance instance, long nowNanos) {
        InstanceRows rows = of(instance.number());
        if (rows == null) {
            return false;
        }
        long nanos = rows.nanosUntilReady(nowNanos);
        return nanos == 0 || (nanos < Long.MAX_VALUE && nanos == nanosUntilReady(nowNanos));
    }
}
