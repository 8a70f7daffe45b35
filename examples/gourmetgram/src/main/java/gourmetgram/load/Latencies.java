package gourmetgram.load;

import java.util.Arrays;

/** What requests waited for their answers, in nanoseconds. Immutable. */
final class Latencies {
    private final long[] sortedNanos;

    /** Of that many requests, in any order. */
    Latencies(long[] nanos) {
        sortedNanos = nanos.clone();
        Arrays.sort(sortedNanos);
    }

    /** How many there are. */
    int count() {
        return sortedNanos.length;
    }

    /**
     * The percentile as NumPy takes it: between two answers, in proportion.
     *
     * @param percent from 0 to 100
     * @return NaN if there are no answers
     */
    double percentile(double percent) {
        if (sortedNanos.length == 0) {
            return Double.NaN;
        }
        double place = percent / 100 * (sortedNanos.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sortedNanos.length - 1);
        return sortedNanos[below] + (place - below) * (sortedNanos[above] - sortedNanos[below]);
    }

    /** All of them together. */
    long totalNanos() {
        return Arrays.stream(sortedNanos).sum();
    }
}
