package io.nereid.perf.measure;

import io.nereid.perf.client.Latencies;
import io.nereid.perf.client.Sample;

import java.util.List;
import java.util.OptionalDouble;

/**
 * A part of the time in which a level was measured, and what was seen in it.
 *
 * @param processorSeconds what this process used in it
 */
record Window(double seconds, Sample sample, double processorSeconds) {
    double requestsPerSecond() {
        return sample.latencies().count() / seconds;
    }

    /** The latency at that percentile, or the mean, in nanoseconds. */
    double latencyNanos(OptionalDouble percentile) {
        Latencies latencies = sample.latencies();
        return percentile.isPresent() ? latencies.percentileNanos(percentile.getAsDouble()) : latencies.meanNanos();
    }

    /** All of them together. */
    static Window merged(List<Window> windows) {
        return new Window(windows.stream().mapToDouble(Window::seconds).sum(),
                Sample.merged(windows.stream().map(Window::sample).toList()),
                windows.stream().mapToDouble(Window::processorSeconds).sum());
    }
}
