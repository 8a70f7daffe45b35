package gourmetgram.load;

import org.jspecify.annotations.Nullable;

/**
 * What a number of requests to one address came to.
 *
 * @param senders how many sent at the same time, each the next request when the last was answered
 * @param latencies of the requests that were answered with 200
 * @param nanos from the first request to the last answer
 * @param cpuNanos how long the measured processes computed meanwhile; 0 if that is not known
 * @param failures how many were not
 * @param firstFailure what was wrong with one of those
 */
record Measurement(int senders, Latencies latencies, long nanos, long cpuNanos, int failures,
        @Nullable String firstFailure) {
    private static final double NANOS_PER_SECOND = 1e9;

    /** As the tutorial counts: one sender's pauses between two requests are not the service's. */
    double requestsPerSecond() {
        long time = senders == 1 ? latencies.totalNanos() : nanos;
        return time == 0 ? 0 : latencies.count() * NANOS_PER_SECOND / time;
    }

    /** Of what was answered; NaN if nothing was. */
    double cpuNanosPerRequest() {
        return latencies.count() == 0 ? Double.NaN : (double) cpuNanos / latencies.count();
    }
}
