package io.nereid.server.metrics;

import io.nereid.server.config.Require;
import io.nereid.server.model.config.LatencySettings;

import java.time.Duration;

/**
 * The metrics, and the port they are served on (docs/metrics.md).
 *
 * @param enabled whether there is a port; without it a program can still ask for {@code ModelServer.metrics}
 * @param address host name or IP address to listen on
 * @param port port to listen on; 0 lets the system choose one
 * @param gpus whether the GPUs are measured
 * @param processors whether the machine's processors and memory are measured
 * @param interval a measurement of the machine is not repeated sooner than this
 * @param latencies which times of requests are shown, and how
 */
public record MetricsConfig(
        boolean enabled,
        String address,
        int port,
        boolean gpus,
        boolean processors,
        Duration interval,
        LatencySettings latencies) {

    /** All addresses, port 8002, with GPUs and processors, measured every two seconds at most. */
    public static final MetricsConfig DEFAULT = new MetricsConfig(true, "0.0.0.0", 8002, true, true,
            Duration.ofSeconds(2), LatencySettings.DEFAULT);

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

    public MetricsConfig withLatencies(LatencySettings newLatencySettings) {
        return new MetricsConfig(enabled, address, port, gpus, processors, interval, newLatencySettings);
    }
}
