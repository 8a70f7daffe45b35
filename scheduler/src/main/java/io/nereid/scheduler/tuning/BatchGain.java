package io.nereid.scheduler.tuning;

/**
 * Judges whether a model gains anything by batches, and how many rows an instance should take where it does not: then
 * nobody in a batch is answered before its last row is, for nothing
 * (docs/decisions/0005-batches-that-gain-nothing.md). Not thread-safe; allocates nothing.
 *
 * <p>What is never run is never measured: where clients only ever meet in batches nothing is judged. Single rows are not run
 * just to learn, since who sends a few requests at the same moment expects them in one batch, and since under load eight of
 * them hold up everybody where batches do gain. A judgement that is wrong would keep itself: now and then an instance takes all there
 * is, soon after the first judgement and then seldom, and goes on doing so for as long as that turns out to be faster
 * than was judged.
 */
final class BatchGain {
    /**
     * What a row costs in a batch, as a part of what it costs alone, from which on batching is not worth any waiting.
     */
    private static final double NO_GAIN = 0.8;
    /** Executions of single rows before anything is judged. */
    private static final int SINGLES = 8;
    /** The same of batches of any size: they last long, and hold up whoever is in them. */
    private static final int BATCHES = 2;
    /** In how many executions of each instance everything that is there is run where batching gains nothing. */
    private static final int ROUNDS = 8;
    /** Small batches between two large ones that are taken to see whether the judgement still holds. */
    private static final int PROBE_EVERY = 1024;
    /** At least so many for each row of it: those in it are below 1 % of requests. */
    private static final int PROBE_EVERY_ROW = 128;
    /** The same before the first one, since little was measured; then {@link #PROBE_GROWTH} times as many each. */
    private static final int FIRST_PROBE = 64;
    private static final int PROBE_GROWTH = 4;
    /** Rows of one while they are that frequent: a few requests more that are late would be the p99 of the first second. */
    private static final int EARLY_ROWS = 4;
    /** As many in a row have to be faster before a frequent one takes all there is. */
    private static final int FASTER = 2;

    /** An execution moves a mean by one part in so many, once there are that many. */
    private static final int MEMORY = 64;
    /** Below so many executions a much faster one replaces the mean: what came before was a warm-up. */
    private static final int YOUNG = 8;

    /**
     * Mean times by groups of sizes. Unlike {@link ServiceTimes} one group says nothing of another: their ratio is
     * asked for.
     */
    private final double[] nanosPerRow = new double[ServiceTimes.GROUPS];
    private final int[] samples = new int[ServiceTimes.GROUPS];
    private boolean warm;
    /** Executions of more than one row, up to {@link #BATCHES}. */
    private int batches;
    private int probeEvery = FIRST_PROBE;
    private int untilProbe = FIRST_PROBE;
    /** How many probes in a row were faster than was judged. */
    private int faster;
    /** Whatever has more rows was taken to see whether the judgement still holds; no limit while nothing was. */
    private long probedAbove = Long.MAX_VALUE;

    /**
     * Rows that one of {@code instances} idle or running instances should take at most; no limit where batches gain.
     */
    int maxRows(long queuedRows, long runningRows, int instances, int batchSize) {
        long rounds = (long) ROUNDS * instances;
        long share = Math.max(1, (queuedRows + runningRows + rounds - 1) / rounds);
        int together = (int) Math.min(queuedRows, batchSize);
        if (together <= share) {
            return Integer.MAX_VALUE;
        }
        if (batches < BATCHES || samples[0] < SINGLES) {
            return Integer.MAX_VALUE;
        }
        int judged = judgedGroup(ServiceTimes.group(together));
        if (nanosPerRow[judged] < NO_GAIN * nanosPerRow[0]) {
            return Integer.MAX_VALUE;
        }
        if (untilProbe > 0) {
            untilProbe--;
            return (int) share;
        }
        return probe(share, together);
    }

    /** Rows to take to see whether the judgement still holds. */
    private int probe(long share, int together) {
        probedAbove = share;
        if (probeEvery < PROBE_EVERY && faster < FASTER) {
            probeEvery *= faster > 0 ? 1 : PROBE_GROWTH;
            untilProbe = probeEvery;
            return (int) Math.max(EARLY_ROWS, share + 1);
        }
        untilProbe = Math.max(PROBE_EVERY, PROBE_EVERY_ROW * together);
        return Integer.MAX_VALUE;
    }

    /** Of the groups of several rows that were measured the nearest one; 0 if there is none. */
    private int judgedGroup(int group) {
        for (int distance = 0; distance < ServiceTimes.GROUPS; distance++) {
            if (group - distance > 0 && samples[group - distance] > 0) {
                return group - distance;
            }
            if (group + distance < ServiceTimes.GROUPS && group + distance > 0
                    && samples[group + distance] > 0) {
                return group + distance;
            }
        }
        return 0;
    }

    /**
     * Learns from a batch that has run: one that was faster than its rows one by one is followed by another. The first
     * one is left out, because models run slowly once.
     */
    void executed(int rows, long nanos) {
        if (!warm) {
            warm = true;
            return;
        }
        batches = Math.min(BATCHES, batches + (rows > 1 ? 1 : 0));
        int group = ServiceTimes.group(rows);
        double sample = (double) nanos / Math.max(1, rows);
        boolean replaces = samples[group] < YOUNG && sample < nanosPerRow[group] / 2;
        if (samples[group] == 0 || replaces) {
            samples[group] = 1;
            nanosPerRow[group] = sample;
        } else {
            samples[group]++;
            double calm = Math.min(sample, 2 * nanosPerRow[group]);
            nanosPerRow[group] += (calm - nanosPerRow[group]) / Math.min(MEMORY, samples[group]);
        }
        if (rows > probedAbove) {
            probedAbove = Long.MAX_VALUE;
            faster = sample < NO_GAIN * nanosPerRow[0] ? faster + 1 : 0;
            untilProbe = faster > 0 ? 0 : untilProbe;
        }
    }
}
