package io.nereid.perf.measure;

import io.nereid.perf.client.Latencies;
import io.nereid.perf.client.Sample;

import java.util.List;

/**
 * What the clients saw at one level of load. What the server says of the same time is not in it:
 * {@code io.nereid.perf.statistics} asks for that.
 *
 * @param batchSize inferences in one request, at least 1
 * @param seconds how long was measured: the windows that count, together
 * @param sample what came in that time. In an open loop a latency counts from the moment at which the request was to be
 *            sent
 * @param clientProcessorSeconds processor time that this process used in the time measured, all of its threads
 * @param stable whether the last windows agreed; true where a number of requests was measured, which has no windows
 * @param course all slices since the load began, those before the windows that count too
 */
public record Result(LoadLevel level, int batchSize, double seconds, Sample sample, double clientProcessorSeconds,
        boolean stable, List<Slice> course) {
    public Result {
        course = List.copyOf(course);
    }

    /** Of the requests answered without an error. */
    public Latencies latencies() {
        return sample.latencies();
    }

    /** Requests that failed. */
    public long errors() {
        return sample.errors();
    }

    /** Requests answered without an error. */
    public long requests() {
        return latencies().count();
    }

    /** Inferences a second: those of a batch count each. */
    public double inferencesPerSecond() {
        return requests() * (double) batchSize / seconds;
    }

    /** Failed requests divided by all requests; 0 without any. */
    public double errorRate() {
        long all = requests() + errors();
        return all == 0 ? 0 : (double) errors() / all;
    }

    /** Processor time of this process for each answered request, in microseconds; 0 without any. */
    public double clientProcessorMicros() {
        return requests() == 0 ? 0 : clientProcessorSeconds * 1e6 / requests();
    }
}
