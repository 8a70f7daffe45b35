package io.nereid.modelrepo.config;

import java.util.List;

/**
 * The buckets of one of this model's histograms.
 *
 * @param family the metric
 * @param buckets upper bounds in the unit of the metric
 */
public record MetricControlConfig(String family, List<Double> buckets) {
    public MetricControlConfig {
        buckets = List.copyOf(buckets);
    }
}
