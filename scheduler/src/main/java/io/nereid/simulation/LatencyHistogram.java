package io.nereid.simulation;

import java.util.Arrays;

/** Counts durations so that quantiles can be read off with an error below half a percent. Not thread-safe. */
final class LatencyHistogram {
    private static final int PRECISION_BITS = 8;
    private static final int LINEAR = 1 << PRECISION_BITS;

    private final long[] counts = new long[(Long.SIZE - PRECISION_BITS) * LINEAR];
    private long count;
    private int highest;

    void record(long nanos) {
        int index = index(Math.max(0, nanos));
        counts[index]++;
        count++;
        highest = Math.max(highest, index);
    }

    long count() {
        return count;
    }

    /** The smallest duration that so large a share of all does not exceed; 0 if none was recorded. */
    long quantile(double share) {
        long wanted = Math.max(1, (long) Math.ceil(share * count));
        long seen = 0;
        for (int index = 0; index <= highest; index++) {
            seen += counts[index];
            if (seen >= wanted) {
                return value(index);
            }
        }
        return 0;
    }

    /** Which share of all is not longer than that; 0 if none was recorded. */
    double shareUpTo(long nanos) {
        long seen = 0;
        for (int index = 0; index <= index(nanos); index++) {
            seen += counts[index];
        }
        return count == 0 ? 0 : (double) seen / count;
    }

    void clear() {
        Arrays.fill(counts, 0, highest + 1, 0);
        count = 0;
        highest = 0;
    }

    private static int index(long nanos) {
        int shift = Math.max(0, Long.SIZE - PRECISION_BITS - 1 - Long.numberOfLeadingZeros(nanos | 1));
        return shift * LINEAR + (int) (nanos >>> shift);
    }

    /** The middle of what falls into one counter; the counters of shift s hold values from LINEAR to 2 LINEAR - 1. */
    private static long value(int index) {
        if (index < 2 * LINEAR) {
            return index;
        }
        int shift = index / LINEAR - 1;
        long mantissa = index - (long) shift * LINEAR;
        return (mantissa << shift) + (1L << shift) / 2;
    }
}
