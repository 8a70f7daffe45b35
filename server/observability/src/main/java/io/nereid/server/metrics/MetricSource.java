package io.nereid.server.metrics;

/** Some families of metrics. Used by one thread at a time. */
@FunctionalInterface
interface MetricSource {
    /** Writes them as they are now; a family that cannot be measured now is left out. */
    void write(MetricsText text);
}
