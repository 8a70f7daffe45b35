package io.nereid.statistics;

import java.util.List;

/**
 * A distribution at one moment, in microseconds.
 *
 * @param quantiles of the last minute, in the order in which they were asked for
 * @param count how many values there ever were
 * @param sum of all values there ever were
 */
public record SummarySnapshot(List<Quantile> quantiles, long count, long sum) {
    /** The quantiles are copied. */
    public SummarySnapshot {
        quantiles = List.copyOf(quantiles);
    }

    /**
     * One quantile.
     *
     * @param quantile the share of values that are at most as large, from 0 to 1
     * @param value within 1.6 % of it; not a number where the last minute had no values
     */
    public record Quantile(double quantile, double value) {}
}
