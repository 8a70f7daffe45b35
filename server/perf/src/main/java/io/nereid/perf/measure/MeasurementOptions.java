package io.nereid.perf.measure;

import java.time.Duration;
import java.util.OptionalDouble;

/**
 * How a level is measured.
 *
 * @param window how long a window is
 * @param stabilityPercent by how much the figures of three windows may differ, in percent of the least
 * @param maxWindows after so many windows a level is not measured any longer, above 0
 * @param percentile whose latency is to hold still; the mean if there is none
 * @param warmupRequests sent and answered before anything counts
 * @param requestCount if above 0: so many requests are measured instead of windows
 */
public record MeasurementOptions(Duration window, double stabilityPercent, int maxWindows, OptionalDouble percentile,
        long warmupRequests, long requestCount) {
    /** perf_analyzer's. */
    public static final MeasurementOptions DEFAULT = new MeasurementOptions(Duration.ofSeconds(5), 10, 10,
            OptionalDouble.empty(), 0, 0);
}
