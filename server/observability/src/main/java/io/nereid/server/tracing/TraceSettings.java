package io.nereid.server.tracing;

import java.util.Set;

/**
 * How the requests of a model are sampled.
 *
 * @param levels what is recorded; empty for nothing
 * @param rate one request of so many is traced; 0 for none but those that their client traces
 * @param count how many may still be traced; -1 for any number
 * @param logFrequency how many traces a file gets; 0 for all in one
 */
public record TraceSettings(Set<TraceLevel> levels, long rate, int count, int logFrequency) {
    /** No limit to {@link #count}. */
    public static final int UNLIMITED = -1;

    /** Nothing is traced. */
    public static final TraceSettings DEFAULT = new TraceSettings(Set.of(), 1000, UNLIMITED, 0);

    public TraceSettings {
        levels = Set.copyOf(levels);
    }

    /** The same with another count. */
    public TraceSettings withCount(int other) {
        return new TraceSettings(levels, rate, other, logFrequency);
    }
}
