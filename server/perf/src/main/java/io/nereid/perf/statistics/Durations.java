package io.nereid.perf.statistics;

import io.nereid.perf.json.JsonObject;

/**
 * How often something happened and how long it took together. Differences of counters: what went back is negative.
 */
public record Durations(long count, long totalNanos) {
    /** Never. */
    public static final Durations NONE = new Durations(0, 0);

    static Durations of(JsonObject counted) {
        return new Durations(counted.number("count"), counted.number("ns"));
    }

    /** The mean in nanoseconds; 0 where it did not happen. */
    public double meanNanos() {
        return count == 0 ? 0 : (double) totalNanos / count;
    }

    /** Both together. */
    public Durations plus(Durations other) {
        return new Durations(count + other.count, totalNanos + other.totalNanos);
    }

    Durations minus(Durations before) {
        return new Durations(count - before.count, totalNanos - before.totalNanos);
    }
}
