package io.nereid.bench.simulation;

import java.util.SplittableRandom;

/**
 * How long a batch runs: {@code fixedNanos + rows * nanosPerRow}, times a factor of mean 1 that varies lognormally.
 *
 * @param jitter standard deviation of the factor's logarithm; 0 for none
 */
record ServiceLaw(long fixedNanos, long nanosPerRow, double jitter) {
    ServiceLaw {
        if (fixedNanos < 0 || nanosPerRow < 0 || jitter < 0 || fixedNanos + nanosPerRow == 0) {
            throw new IllegalArgumentException("service: got " + fixedNanos + ", " + nanosPerRow + ", " + jitter
                    + " (expected no negative number and some time)");
        }
    }

    long nanos(int rows, SplittableRandom random) {
        long mean = meanNanos(rows);
        if (jitter == 0) {
            return mean;
        }
        return Math.max(1, Math.round(mean * Math.exp(jitter * random.nextGaussian() - jitter * jitter / 2)));
    }

    /** Without the jitter. */
    long meanNanos(int rows) {
        return fixedNanos + rows * nanosPerRow;
    }

    /** Rows per second that so many instances can run in batches of so many rows. */
    double capacity(int instances, int rows) {
        return instances * rows * 1e9 / meanNanos(rows);
    }
}
