package io.nereid.statistics;

import java.util.List;
import java.util.stream.LongStream;

/**
 * Where the buckets of a histogram end.
 *
 * @param upper the largest value of each bucket, ascending, in the unit of what is recorded; above the last there is
 *     one more bucket
 */
public record HistogramBounds(List<Long> upper) {
    private static final long MICRO = 1_000;
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000_000_000;

    /**
     * For times, in nanoseconds: closest between 1 ms and 250 ms, where most models are, up to 5 s, where clients time
     * out. Each bound is a series for every model in whatever stores the metrics, so there are few.
     */
    public static final HistogramBounds DURATIONS = of(100 * MICRO, 500 * MICRO, MILLI, 2_500 * MICRO, 5 * MILLI,
            10 * MILLI, 25 * MILLI, 50 * MILLI, 100 * MILLI, 250 * MILLI, SECOND, 5 * SECOND);

    /** For rows of a batch: powers of two. */
    public static final HistogramBounds ROWS = of(1, 2, 4, 8, 16, 32, 64, 128);

    /** For the time to the first response, in nanoseconds, as Triton has it. */
    public static final HistogramBounds FIRST_RESPONSE = of(100 * MILLI, 500 * MILLI, 2_000 * MILLI, 5_000 * MILLI);

    public HistogramBounds {
        upper = List.copyOf(upper);
        for (int i = 1; i < upper.size(); i++) {
            if (upper.get(i) <= upper.get(i - 1)) {
                throw new IllegalArgumentException("upper: got " + upper + " (expected ascending bounds)");
            }
        }
    }

    /** Buckets that end there. */
    public static HistogramBounds of(long... upper) {
        return new HistogramBounds(LongStream.of(upper).boxed().toList());
    }
}
