package io.nereid.bench.load.device;

import io.nereid.perf.client.Latencies;

import java.util.Locale;

/**
 * What one number of clients saw with one size of request.
 *
 * @param what was measured: a protocol, or {@code bare}
 * @param perSecond good answers
 */
record DeviceMeasurement(String what, int batch, int concurrency, double perSecond, Latencies latencies) {
    private static final double NANOS_PER_MILLI = 1e6;

    /** A line of JSON. */
    String toJson() {
        return String.format(Locale.ROOT,
                "{\"what\":\"%s\",\"batch\":%d,\"concurrency\":%d,\"requests_per_second\":%.3f,"
                        + "\"rows_per_second\":%.3f,\"p50_ms\":%.3f,\"p99_ms\":%.3f}%n",
                what, batch, concurrency, perSecond, perSecond * batch, latencies.percentileNanos(50) / NANOS_PER_MILLI,
                latencies.percentileNanos(99) / NANOS_PER_MILLI);
    }
}
