package io.nereid.server.metrics;

import io.nereid.server.custommetrics.CustomFamily;
import io.nereid.server.custommetrics.CustomMetrics;

/** The metrics that models have defined, as they have: names and labels are theirs. */
record CustomMetricsSource(CustomMetrics metrics) implements MetricSource {
    @Override
    public void write(MetricsText text) {
        metrics.snapshot().forEach(family -> write(family, text));
    }

    private static void write(CustomFamily family, MetricsText text) {
        text.family(family.name(), switch (family.kind()) {
            case COUNTER -> MetricsText.Type.COUNTER;
            case GAUGE -> MetricsText.Type.GAUGE;
            case HISTOGRAM -> MetricsText.Type.HISTOGRAM;
        }, oneLine(family.description()));
        for (CustomFamily.Sample sample : family.samples()) {
            Labels labels = Labels.of(sample.labels());
            switch (family.kind()) {
                case COUNTER, GAUGE -> text.sample(labels, sample.value());
                case HISTOGRAM -> text.histogram(labels, sample.bounds(), sample.counts(), sample.value());
            }
        }
    }

    private static String oneLine(String description) {
        return description.replace("\\", "\\\\").replace("\r", "").replace("\n", "\\n");
    }
}
