package io.nereid.perf.client;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** How long each of some answers took; exact, not in classes. */
public final class Latencies {
    /** None. */
    public static final Latencies NONE = new Latencies(new long[0]);

    /** How much more than the exact product a computed one may be: it must not make a rank the next one. */
    private static final double ROUNDING = 1e-12;

    private final long[] ascendingNanos;

    private Latencies(long[] ascendingNanos) {
        this.ascendingNanos = ascendingNanos;
    }

    /** Of these nanoseconds, in any order. */
    public static Latencies of(LongStream nanos) {
        return new Latencies(nanos.sorted().toArray());
    }

    /** All of them together. */
    public static Latencies merged(Stream<Latencies> parts) {
        return of(parts.flatMapToLong(part -> Arrays.stream(part.ascendingNanos)));
    }

    /** How many answers. */
    public int count() {
        return ascendingNanos.length;
    }

    /** Their mean in nanoseconds; 0 where there are no answers. */
    public double meanNanos() {
        return Arrays.stream(ascendingNanos).average().orElse(0);
    }

    /** How far they lie from their mean: the standard deviation of all of them, in nanoseconds; 0 without answers. */
    public double standardDeviationNanos() {
        double mean = meanNanos();
        return Math.sqrt(Arrays.stream(ascendingNanos).mapToDouble(nanos -> (nanos - mean) * (nanos - mean)).average()
                .orElse(0));
    }

    /** What {@link #toLine} of another process wrote. */
    public static Latencies parse(String line) {
        return of(Arrays.stream(line.split(" ")).filter(nanos -> !nanos.isEmpty()).mapToLong(Long::parseLong));
    }

    /** The nanoseconds, separated by blanks. */
    public String toLine() {
        return Arrays.stream(ascendingNanos).mapToObj(Long::toString).collect(Collectors.joining(" "));
    }

    /**
     * The least of the latencies that at least this share of the answers did not exceed, in nanoseconds; 0 where there
     * are no answers.
     *
     * @param percent above 0, up to 100
     */
    public long percentileNanos(double percent) {
        if (!(percent > 0 && percent <= 100)) {
            throw new IllegalArgumentException("percent: got " + percent + " (expected above 0, up to 100)");
        }
        if (ascendingNanos.length == 0) {
            return 0;
        }
        int rank = (int) Math.ceil(percent / 100 * ascendingNanos.length * (1 - ROUNDING));
        return ascendingNanos[Math.max(rank, 1) - 1];
    }
}
