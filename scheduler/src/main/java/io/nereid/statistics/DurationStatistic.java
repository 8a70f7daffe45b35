package io.nereid.statistics;

/**
 * How often something happened and how long it took in all.
 *
 * @param count occurrences
 * @param nanos nanoseconds of all occurrences together
 */
public record DurationStatistic(long count, long nanos) {
    /** Never happened. */
    public static final DurationStatistic NONE = new DurationStatistic(0, 0);
}
