package io.nereid.perf.client;

import java.util.Random;

/** Moments at which requests come that know nothing of each other: exponential gaps, the same for the same seed. */
public final class PoissonArrivals implements Arrivals {
    private final Random random;
    private final double meanGapNanos;
    private double lastNanos;

    /** Arrivals at this mean rate from moment 0 on. */
    public PoissonArrivals(long seed, double perSecond) {
        if (!(perSecond > 0)) {
            throw new IllegalArgumentException("perSecond: got " + perSecond + " (expected above 0)");
        }
        this.random = new Random(seed);
        this.meanGapNanos = 1e9 / perSecond;
    }

    @Override
    public long nextNanos() {
        lastNanos -= Math.log(1 - random.nextDouble()) * meanGapNanos;
        return (long) lastNanos;
    }
}
