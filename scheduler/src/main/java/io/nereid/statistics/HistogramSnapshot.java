package io.nereid.statistics;

import java.util.List;

/**
 * The values of a histogram at one moment.
 *
 * @param bounds where the buckets end
 * @param counts how many values fell into each bucket, not added up; one more than there are bounds
 * @param sum of all values
 */
public record HistogramSnapshot(HistogramBounds bounds, List<Long> counts, long sum) {
    /** How many values there were. */
    public long count() {
        return counts.stream().mapToLong(Long::longValue).sum();
    }
}
