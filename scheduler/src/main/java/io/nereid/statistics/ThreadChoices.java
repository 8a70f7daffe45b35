package io.nereid.statistics;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** How many requests there were of each {@link ThreadChoice}. Thread-safe, without a lock: each count is right by itself. */
final class ThreadChoices {
    private final EnumMap<ThreadChoice, LongAdder> counts = new EnumMap<>(ThreadChoice.class);

    ThreadChoices() {
        for (ThreadChoice choice : ThreadChoice.values()) {
            counts.put(choice, new LongAdder());
        }
    }

    void increment(ThreadChoice choice) {
        Objects.requireNonNull(counts.get(choice)).increment();
    }

    void move(ThreadChoice from, ThreadChoice to) {
        Objects.requireNonNull(counts.get(from)).decrement();
        increment(to);
    }

    /** The counts as they are now, all of them, in the order of the enum. */
    Map<ThreadChoice, Long> toMap() {
        EnumMap<ThreadChoice, Long> map = new EnumMap<>(ThreadChoice.class);
        counts.forEach((choice, count) -> map.put(choice, count.sum()));
        return Collections.unmodifiableMap(map);
    }
}
