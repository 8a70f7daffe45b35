package io.nereid.statistics;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/** A counter for each constant of an enum. Not thread-safe; counting allocates nothing. */
final class EnumCounts<E extends Enum<E>> {
    private final Class<E> type;
    private final EnumMap<E, Counter> counters;

    EnumCounts(Class<E> type) {
        this.type = type;
        this.counters = new EnumMap<>(type);
        for (E constant : type.getEnumConstants()) {
            counters.put(constant, new Counter());
        }
    }

    void increment(E constant) {
        add(constant, 1);
    }

    void add(EnumCounts<E> others) {
        others.counters.forEach((constant, counter) -> add(constant, counter.count));
    }

    private void add(E constant, long more) {
        Objects.requireNonNull(counters.get(constant)).count += more;
    }

    long total() {
        return counters.values().stream().mapToLong(counter -> counter.count).sum();
    }

    /** The counts as they are now, all of them, in the order of the enum. */
    Map<E, Long> toMap() {
        EnumMap<E, Long> map = new EnumMap<>(type);
        counters.forEach((constant, counter) -> map.put(constant, counter.count));
        return Collections.unmodifiableMap(map);
    }

    /** The counts of what there was any of, a map of the caller's own; mostly there was none. */
    Map<E, Long> happened() {
        Map<E, Long> map = Map.of();
        for (Map.Entry<E, Counter> counter : counters.entrySet()) {
            if (counter.getValue().count > 0) {
                map = map.isEmpty() ? new EnumMap<>(type) : map;
                map.put(counter.getKey(), counter.getValue().count);
            }
        }
        return map;
    }

    private static final class Counter {
        private long count;
    }
}
