package io.nereid.statistics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How the values of the last minute are distributed, and the sum and number of all there ever were. Not thread-safe.
 *
 * <p>Each value is counted in a bucket whose width is a thirty-second of the power of two below it, so that a quantile
 * is within 1.6 % of the value asked for; recording is an index and an increment, and allocates nothing. The minute
 * slides in steps of 12 seconds, each of which has counters of its own, 4 KB of them.
 */
final class SlidingDistribution {
    static final int STEPS = 5;
    static final long STEP_MILLIS = 12_000;

    private static final int SUB_BUCKETS_LOG2 = 5;
    private static final int SUB_BUCKETS = 1 << SUB_BUCKETS_LOG2;
    /** Values below have a bucket each. */
    private static final int EXACT = 2 * SUB_BUCKETS;
    /** Larger values count as this: in microseconds some ten hours. */
    private static final long LARGEST = (1L << 35) - 1;
    private static final int BUCKETS = bucket(LARGEST) + 1;

    private final int[][] steps = new int[STEPS][BUCKETS];
    private int current;
    private long count;
    private long sum;

    void record(long value) {
        steps[current][bucket(value)]++;
        count++;
        sum += value;
    }

    /** Begins with the next step; what was recorded {@link #STEPS} steps ago no longer counts. */
    void slide() {
        current = (current + 1) % STEPS;
        Arrays.fill(steps[current], 0);
    }

    /** Adds what another has recorded, each of its steps to the one that is as old here. */
    void add(SlidingDistribution other) {
        for (int age = 0; age < STEPS; age++) {
            int[] mine = stepOfAge(age);
            int[] others = other.stepOfAge(age);
            for (int i = 0; i < BUCKETS; i++) {
                mine[i] += others[i];
            }
        }
        count += other.count;
        sum += other.sum;
    }

    private int[] stepOfAge(int age) {
        return steps[Math.floorMod(current - age, STEPS)];
    }

    SummarySnapshot snapshot(List<Double> quantiles) {
        long[] counts = new long[BUCKETS];
        long inWindow = 0;
        for (int[] step : steps) {
            for (int i = 0; i < BUCKETS; i++) {
                counts[i] += step[i];
                inWindow += step[i];
            }
        }
        List<SummarySnapshot.Quantile> values = new ArrayList<>();
        for (double quantile : quantiles) {
            values.add(new SummarySnapshot.Quantile(quantile, value(counts, inWindow, quantile)));
        }
        return new SummarySnapshot(values, count, sum);
    }

    private static double value(long[] counts, long inWindow, double quantile) {
        long rank = Math.max(1, (long) Math.ceil(quantile * inWindow));
        long below = 0;
        for (int i = 0; i < BUCKETS; i++) {
            below += counts[i];
            if (below >= rank) {
                return middle(i);
            }
        }
        return Double.NaN;
    }

    static int bucket(long value) {
        long clamped = Math.clamp(value, 0, LARGEST);
        if (clamped < EXACT) {
            return (int) clamped;
        }
        int shift = 63 - Long.numberOfLeadingZeros(clamped) - SUB_BUCKETS_LOG2;
        return (shift << SUB_BUCKETS_LOG2) + (int) (clamped >>> shift);
    }

    /** What stands for the values of a bucket. */
    static double middle(int bucket) {
        if (bucket < EXACT) {
            return bucket;
        }
        int shift = (bucket >>> SUB_BUCKETS_LOG2) - 1;
        long lowest = (long) (bucket - (shift << SUB_BUCKETS_LOG2)) << shift;
        return lowest + ((1L << shift) - 1) / 2.0;
    }
}
