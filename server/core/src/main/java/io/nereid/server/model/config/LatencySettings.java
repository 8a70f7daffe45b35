package io.nereid.server.model.config;

import io.nereid.server.config.Require;

import java.util.List;

/**
 * Which times of requests the metrics show, and how.
 *
 * @param counters sums, as counters
 * @param summaries quantiles of the last minute, as summaries
 * @param histograms the time to the first response, as histograms
 * @param ownHistograms the times of every phase and the sizes of batches, as histograms
 * @param quantiles of the summaries, each from 0 to 1
 */
public record LatencySettings(boolean counters, boolean summaries, boolean histograms, boolean ownHistograms,
        List<Double> quantiles) {
    /** Sums and our own histograms; and the quantiles that Triton has, which are shown where they are asked for. */
    public static final LatencySettings DEFAULT = new LatencySettings(true, false, false, true,
            List.of(0.5, 0.9, 0.95, 0.99, 0.999));

    /** The quantiles are copied. */
    public LatencySettings {
        quantiles = List.copyOf(quantiles);
        Require.that(quantiles.stream().allMatch(quantile -> quantile >= 0 && quantile <= 1),
                "quantiles: got %s (expected numbers from 0 to 1)", quantiles);
    }

    public LatencySettings withCounters(boolean newCounters) {
        return new LatencySettings(newCounters, summaries, histograms, ownHistograms, quantiles);
    }

    public LatencySettings withSummaries(boolean newSummaries) {
        return new LatencySettings(counters, newSummaries, histograms, ownHistograms, quantiles);
    }

    public LatencySettings withHistograms(boolean newHistograms) {
        return new LatencySettings(counters, summaries, newHistograms, ownHistograms, quantiles);
    }

    public LatencySettings withOwnHistograms(boolean newOwnHistograms) {
        return new LatencySettings(counters, summaries, histograms, newOwnHistograms, quantiles);
    }

    public LatencySettings withQuantiles(List<Double> newQuantiles) {
        return new LatencySettings(counters, summaries, histograms, ownHistograms, newQuantiles);
    }
}
