package io.nereid.statistics;

import java.util.List;

/**
 * What the statistics of a model version keep beside sums.
 *
 * @param requests buckets of the time from arrival to the end of the execution, in nanoseconds
 * @param queue buckets of the time in the queue, in nanoseconds
 * @param compute buckets of the time on an instance, in nanoseconds
 * @param batchSize buckets of the rows of an execution
 * @param firstResponse buckets of the time to the first response, in nanoseconds
 * @param quantiles of the times of the last minute that shall be known, each from 0 to 1; none where nobody asks for
 *     them, which saves 100 KB
 */
public record StatisticsSettings(HistogramBounds requests, HistogramBounds queue, HistogramBounds compute,
        HistogramBounds batchSize, HistogramBounds firstResponse, List<Double> quantiles) {
    /** The usual buckets, no quantiles. */
    public static final StatisticsSettings DEFAULT = new StatisticsSettings(HistogramBounds.DURATIONS,
            HistogramBounds.DURATIONS, HistogramBounds.DURATIONS, HistogramBounds.ROWS, HistogramBounds.FIRST_RESPONSE,
            List.of());

    /** The quantiles are copied. */
    public StatisticsSettings {
        quantiles = List.copyOf(quantiles);
    }

    /** The same with these quantiles. */
    public StatisticsSettings withQuantiles(List<Double> newQuantiles) {
        return new StatisticsSettings(requests, queue, compute, batchSize, firstResponse, newQuantiles);
    }
}
