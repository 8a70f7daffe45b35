package io.nereid.server.model.loading;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.MetricControlConfig;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.server.model.config.HistogramFamily;
import io.nereid.server.model.config.LatencySettings;
import io.nereid.statistics.HistogramBounds;
import io.nereid.statistics.StatisticsSettings;

import java.util.List;

/** Reads from a model's configuration what its statistics keep. */
final class StatisticsOfConfig {
    private StatisticsOfConfig() {}

    /**
     * The settings of a model.
     *
     * @param latencies which quantiles are asked for
     * @throws InferenceException INVALID_ARG if {@code model_metrics} has buckets that make no sense. A family that
     *     this
     *         server does not have is left alone: it may be the backend's
     */
    static StatisticsSettings of(ModelConfig config, LatencySettings latencies) throws InferenceException {
        StatisticsSettings usual = StatisticsSettings.DEFAULT;
        return new StatisticsSettings(bounds(config, HistogramFamily.REQUESTS, usual.requests()),
                bounds(config, HistogramFamily.QUEUE, usual.queue()),
                bounds(config, HistogramFamily.COMPUTE, usual.compute()),
                bounds(config, HistogramFamily.BATCH_SIZE, usual.batchSize()),
                bounds(config, HistogramFamily.FIRST_RESPONSE, usual.firstResponse()),
                latencies.summaries() ? latencies.quantiles() : List.of());
    }

    private static HistogramBounds bounds(ModelConfig config, HistogramFamily family, HistogramBounds byDefault)
            throws InferenceException {
        for (MetricControlConfig control : config.metricControls()) {
            if (control.family().equals(family.metric())) {
                return bounds(config, family, control.buckets());
            }
        }
        return byDefault;
    }

    private static HistogramBounds bounds(ModelConfig config, HistogramFamily family, List<Double> buckets)
            throws InferenceException {
        double unit = Math.pow(10, family.decimals());
        try {
            return new HistogramBounds(buckets.stream().map(bound -> Math.round(bound * unit)).toList());
        } catch (IllegalArgumentException e) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "unable to load model '" + config.name()
                    + "', model_metrics has buckets " + buckets + " for " + family.metric()
                    + " (expected ascending numbers)");
        }
    }
}
