package io.nereid.simulation;

import java.util.SplittableRandom;

/** How long a batch runs, times a factor of mean 1 that varies lognormally. Immutable. */
public sealed interface ServiceLaw permits LinearService, MeasuredService {
    /** Nanoseconds that a batch of so many rows runs on the average. */
    long meanNanos(int rows);

    /** The standard deviation of the factor's logarithm; 0 for none. */
    double jitter();

    /** Nanoseconds that one batch of so many rows runs. */
    default long nanos(int rows, SplittableRandom random) {
        long mean = meanNanos(rows);
        if (jitter() == 0) {
            return mean;
        }
        return Math.max(1, Math.round(mean * Math.exp(jitter() * random.nextGaussian() - jitter() * jitter() / 2)));
    }

    /** Rows per second that so many instances can run in batches of so many rows. */
    default double capacity(int instances, int rows) {
        return instances * rows * 1e9 / meanNanos(rows);
    }
}
