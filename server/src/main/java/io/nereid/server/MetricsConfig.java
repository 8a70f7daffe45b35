package io.nereid.server;

import java.time.Duration;
import java.util.List;

/**
 * The metrics, and the port they are served on (docs/metrics.md).
 *
 * @param enabled whether there is a port; without it a program can still ask for {@link ModelServer#metrics}
 * @param address host name or IP address to listen on
 * @param port port to listen on; 0 lets the system choose one
 * @param gpus whether the GPUs are measured
 * @param processors whether the machine's processors and memory are measured
 * @param interval a measurement of the machine is not repeated sooner than this
 * @param latencies which times of requests are told, and how
 */
public record MetricsConfig(
        boolean enabled,
        String address,
        int port,
        boolean gpus,
        boolean processors,
        Duration interval,
        Latencies latencies) {

    /**
     * Which times of requests are told, and how.
     *
     * @param counters sums, as counters
     * @param summaries quantiles of the last minute, as summaries
     * @param histograms the time to the first response, as histograms
     * @param ownHistograms the times of every phase and the sizes of batches, as histograms
     * @param quantiles of the summaries, each from 0 to 1
     */
    public record Latencies(boolean counters, boolean summaries, boolean histograms, boolean ownHistograms,
            List<Double> quantiles) {
        /** Sums and our own histograms; and the quantiles that Triton has, which are told where they are asked for. */
        public static final Latencies DEFAULT = new Latencies(true, false, false, true,
                List.of(0.5, 0.9, 0.95, 0.99, 0.999));

        /** The quantiles are copied. */
        public Latencies {
            quantiles = List.copyOf(quantiles);
            Require.that(quantiles.stream().allMatch(quantile -> quantile >= 0 && quantile <= 1),
                    "quantiles: got %s (expected numbers from 0 to 1)", quantiles);
        }
    }

    /** All addresses, port 8002, with GPUs and processors, measured every two seconds at most. */
    public static final MetricsConfig DEFAULT = new MetricsConfig(true, HttpConfig.DEFAULT.address(), 8002, true, true,
            Duration.ofSeconds(2), Latencies.DEFAULT);

    /** No port. */
    public static final MetricsConfig OFF = DEFAULT.withEnabled(false);

    public MetricsConfig {
        Require.that(!address.isBlank(), "address: got '%s' (expected a host name or an IP address)", address);
        Require.that(port >= 0 && port <= 65535, "port: got %d (expected 0 to 65535)", port);
        Require.that(interval.isPositive(), "interval: got %s (expected more than zero)", interval);
    }

    public MetricsConfig withEnabled(boolean on) {
        return new MetricsConfig(on, address, port, gpus, processors, interval, latencies);
    }

    public MetricsConfig withAddress(String newAddress) {
        return new MetricsConfig(enabled, newAddress, port, gpus, processors, interval, latencies);
    }

    public MetricsConfig withPort(int newPort) {
        return new MetricsConfig(enabled, address, newPort, gpus, processors, interval, latencies);
    }

    public MetricsConfig withGpus(boolean measured) {
        return new MetricsConfig(enabled, address, port, measured, processors, interval, latencies);
    }

    public MetricsConfig withProcessors(boolean measured) {
        return new MetricsConfig(enabled, address, port, gpus, measured, interval, latencies);
    }

    public MetricsConfig withInterval(Duration newInterval) {
        return new MetricsConfig(enabled, address, port, gpus, processors, newInterval, latencies);
    }

    public MetricsConfig withLatencies(Latencies newLatencies) {
        return new MetricsConfig(enabled, address, port, gpus, processors, interval, newLatencies);
    }
}
