package io.nereid.bench.load.server;

import java.util.List;
import java.util.function.ToLongFunction;

/**
 * How a process's use went over time.
 *
 * @param samples at equal distances, the oldest first; at least one
 */
public record UsageCourse(List<Usage> samples) {
    /** A figure at the start, after a quarter of the time, at its highest and at the end. */
    public record Figure(long start, long quarter, long max, long end) {}

    public UsageCourse {
        samples = List.copyOf(samples);
        if (samples.isEmpty()) {
            throw new IllegalArgumentException("samples: got none (expected at least one)");
        }
    }

    public Figure residentBytes() {
        return figure(Usage::residentBytes);
    }

    public Figure heapBytes() {
        return figure(Usage::heapBytes);
    }

    /** Processor time used between the first sample and the last. */
    public long cpuNanos() {
        return samples.getLast().cpuNanos() - samples.getFirst().cpuNanos();
    }

    private Figure figure(ToLongFunction<Usage> of) {
        long max = samples.stream().mapToLong(of).max().orElseThrow();
        return new Figure(of.applyAsLong(samples.getFirst()), of.applyAsLong(samples.get(samples.size() / 4)), max,
                of.applyAsLong(samples.getLast()));
    }
}
