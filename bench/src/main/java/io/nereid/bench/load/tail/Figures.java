package io.nereid.bench.load.tail;

import io.nereid.bench.load.LoadException;
import io.nereid.perf.client.Latencies;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What a turn comes to when it has settled.
 *
 * @param perSecond answers
 * @param p50Millis of their latencies
 * @param p99Millis of their latencies
 * @param cpuMicros processor time of the process for each of them
 */
record Figures(double perSecond, double p50Millis, double p99Millis, double cpuMicros) {
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double NANOS_PER_MICRO = 1e3;

    /**
     * Of the answers that came in these seconds.
     *
     * @param cpuNanos what the process used meanwhile
     * @throws LoadException if none came
     */
    static Figures of(List<Latencies> seconds, long cpuNanos) throws LoadException {
        Latencies all = Latencies.merged(seconds.stream());
        if (all.count() == 0) {
            throw new LoadException("no request was answered");
        }
        return new Figures((double) all.count() / seconds.size(), all.percentileNanos(50) / NANOS_PER_MILLI,
                all.percentileNanos(99) / NANOS_PER_MILLI, cpuNanos / NANOS_PER_MICRO / all.count());
    }

    /** The middle one of each figure, of an even number the lower. */
    static Figures median(List<Figures> all) {
        return new Figures(median(all, Figures::perSecond), median(all, Figures::p50Millis),
                median(all, Figures::p99Millis), median(all, Figures::cpuMicros));
    }

    private static double median(List<Figures> all, ToDoubleFunction<Figures> of) {
        return all.stream().mapToDouble(of).sorted().skip((all.size() - 1) / 2).findFirst().orElseThrow();
    }
}
