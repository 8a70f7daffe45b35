package io.nereid.statistics;

import java.util.Arrays;

/** Counts values by the bucket they fall into. Not thread-safe; recording allocates nothing. */
final class Histogram {
    private final HistogramBounds bounds;
    private final long[] upper;
    /** One more than there are bounds: the last counts what is above them all. */
    private final long[] counts;
    private long sum;

    Histogram(HistogramBounds bounds) {
        this.bounds = bounds;
        this.upper = bounds.upper().stream().mapToLong(Long::longValue).toArray();
        this.counts = new long[upper.length + 1];
    }

    void record(long value) {
        int at = Arrays.binarySearch(upper, value);
        counts[at >= 0 ? at : -at - 1]++;
        sum += value;
    }

    /** Adds what one with the same bounds has counted. */
    void add(Histogram other) {
        for (int i = 0; i < counts.length; i++) {
            counts[i] += other.counts[i];
        }
        sum += other.sum;
    }

    HistogramSnapshot snapshot() {
        return new HistogramSnapshot(bounds, Arrays.stream(counts).boxed().toList(), sum);
    }
}
