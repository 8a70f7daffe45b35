package io.nereid.scheduler.tuning;

/**
 * Judges whether a model gains anything by batches, and how many rows an instance should take where it does not: then
 * nobody in a batch is answered before its last row is, for nothing
 * (docs/decisions/0005-batches-that-gain-nothing.md). Not thread-safe; allocates nothing.
 *
 * <p>A wrong judgement would keep itself, since what is never run is never measured: now and then an instance takes
 * all there is, and goes on doing so for as long as that turns out to be faster than was judged.
 */
final class BatchGain {
    /**
     * What a row costs in a batch, as a part of what it costs alone, from which on batching is not worth any waiting.
     */
    private static final double NO_GAIN = 0.8;
    /** Executions of a size before it is judged. */
    private static final int SAMPLES = 8;
    /** In how many executions of each instance everything that is there is run where batching gains nothing. */
    private static final int ROUNDS = 8;
    /**
     * Small batches between two large ones that are taken to see whether the judgement still holds: below 1 % of
     * requests.
     */
    private static final int PROBE_EVERY = 1024;

    /** An execution moves a mean by one part in so many, once there are that many. */
    private static final int MEMORY = 64;

    /**
     * Mean times by groups of sizes. Unlike {@link ServiceTimes} one group says nothing of another: their ratio is
     * asked for.
     */
    private final double[] nanosPerRow = new double[ServiceTimes.GROUPS];
    private final int[] samples = new int[ServiceTimes.GROUPS];
    private int untilProbe = PROBE_EVERY;

    /**
     * Rows that one of {@code instances} idle or running instances should take at most; no limit where batches gain.
     */
    int maxRows(long queuedRows, long runningRows, int instances, int batchSize) {
        long rounds = (long) ROUNDS * instances;
        long share = Math.max(1, (queuedRows + runningRows + rounds - 1) / rounds);
        int together = (int) Math.min(queuedRows, batchSize);
        if (together <= share || !costsByRow(together)) {
            return Integer.MAX_VALUE;
        }
        if (untilProbe > 0) {
            untilProbe--;
            return (int) share;
        }
        untilProbe = PROBE_EVERY;
        return Integer.MAX_VALUE;
    }

    /** Learns from a batch that has run: one that was faster than its rows one by one is followed by another. */
    void executed(int rows, long nanos) {
        int group = ServiceTimes.group(rows);
        double sample = (double) nanos / Math.max(1, rows);
        double calm = samples[group] == 0 ? sample : Math.min(sample, 2 * nanosPerRow[group]);
        samples[group]++;
        nanosPerRow[group] += (calm - nanosPerRow[group]) / Math.min(MEMORY, samples[group]);
        if (rows > 1) {
            untilProbe = sample < NO_GAIN * nanosPerRow[0] ? 0 : PROBE_EVERY;
        }
    }

    /** False as long as too little was measured to say. */
    private boolean costsByRow(int rows) {
        int group = ServiceTimes.group(rows);
        return samples[0] >= SAMPLES && samples[group] >= SAMPLES
                && nanosPerRow[group] >= NO_GAIN * nanosPerRow[0];
    }
}
