package io.nereid.scheduler.tuning;

import java.util.Arrays;

/**
 * Predicts when a request that arrives now would be answered: from what the instances run at the moment, the rows that
 * wait ahead of it, and how long batches were measured to run. Not thread-safe; allocates nothing.
 *
 * <p>It assumes that requests leave the queue in the order they came and in full batches, so it errs to the early side
 * where shapes, preferred sizes or a queue delay make batches smaller.
 */
public final class DrainEstimate {
    /** Executions that must have been measured before a prediction rejects a request. */
    public static final int EXECUTIONS_BEFORE_REJECTING = 10;

    private static final int IDLE = 0;
    private static final int ABSENT = -1;

    private final ServiceTimes serviceTimes = new ServiceTimes();
    private final BatchGain gain = new BatchGain();
    /** By the instance's number; {@link #ABSENT} where there is none of that number. */
    private int[] runningRows;
    private long[] startedNanos;
    private long[] expectedEndNanos;
    /** What {@link #startNanos} sorts in; here because it allocates nothing. */
    private long[] remaining;
    private int instances;
    private int batchSize;
    private long fullBatchNanos;

    /**
     * An estimate that knows nothing yet.
     *
     * @param instances how many run at once; they are numbered from 0
     * @param batchSize most rows that run together
     */
    public DrainEstimate(int instances, int batchSize) {
        if (instances < 1 || batchSize < 1) {
            throw new IllegalArgumentException("got %d instances and batches of %d (expected at least 1 of each)"
                    .formatted(instances, batchSize));
        }
        this.instances = instances;
        runningRows = new int[instances];
        startedNanos = new long[instances];
        expectedEndNanos = new long[instances];
        remaining = new long[instances];
        this.batchSize = batchSize;
    }

    /** From now on batches have at most so many rows. */
    public void batchSize(int rows) {
        batchSize = Math.max(1, rows);
        fullBatchNanos = Math.round(serviceTimes.nanos(batchSize));
    }

    /** Most rows that run together. */
    public int batchSize() {
        return batchSize;
    }

    /** How many run at once. */
    public int instances() {
        return instances;
    }

    /** From now on there is an instance of that number. */
    public void add(int instance) {
        int known = runningRows.length;
        if (instance >= known) {
            runningRows = Arrays.copyOf(runningRows, instance + 1);
            Arrays.fill(runningRows, known, instance + 1, ABSENT);
            startedNanos = Arrays.copyOf(startedNanos, instance + 1);
            expectedEndNanos = Arrays.copyOf(expectedEndNanos, instance + 1);
            remaining = new long[instance + 1];
        }
        if (runningRows[instance] == ABSENT) {
            runningRows[instance] = IDLE;
            instances++;
        }
    }

    /** From now on there is no instance of that number; one has to be left. */
    public void remove(int instance) {
        if (runningRows[instance] != ABSENT && instances > 1) {
            runningRows[instance] = ABSENT;
            instances--;
        }
    }

    /** An instance took a batch. */
    public void started(int instance, int rows, long nowNanos) {
        runningRows[instance] = Math.max(1, rows);
        startedNanos[instance] = nowNanos;
        expectedEndNanos[instance] = nowNanos + Math.round(serviceTimes.nanos(rows));
    }

    /** An instance has run its batch to the end; does nothing if it runs none. */
    public void finished(int instance, long nowNanos) {
        if (runningRows[instance] > IDLE) {
            serviceTimes.executed(runningRows[instance], nowNanos - startedNanos[instance]);
            gain.executed(runningRows[instance], nowNanos - startedNanos[instance]);
            fullBatchNanos = Math.round(serviceTimes.nanos(batchSize));
            runningRows[instance] = IDLE;
        }
    }

    /**
     * An instance stopped in the middle of its batch, because it failed or was cancelled: there is nothing to learn.
     */
    public void abandoned(int instance) {
        runningRows[instance] = IDLE;
    }

    /**
     * Whether a request that arrives now should be accepted: false if it is predicted to be answered later than
     * {@code withinNanos} from now, should executions take as long as they sometimes do: under overload all that are
     * accepted come close to their limit, and a mean would make half of them late. As long as the rows ahead of it
     * fill no batch, or too few executions were measured, it is always accepted, so that a wrong prediction cannot
     * shut everybody out for good.
     */
    public boolean admits(long rowsAhead, int rows, long withinNanos, long nowNanos) {
        return rowsAhead < batchSize || serviceTimes.measured() < EXECUTIONS_BEFORE_REJECTING
                || answerNanos(rowsAhead, rows, nowNanos) * serviceTimes.spread() <= withinNanos;
    }

    /** Predicted nanoseconds until a request of so many rows, with so many ahead of it in the queue, has been run. */
    public long answerNanos(long rowsAhead, int rows, long nowNanos) {
        long start = startNanos(rowsAhead, nowNanos);
        boolean batchFills = rowsAhead >= batchSize;
        return start + (batchFills ? fullBatchNanos : serviceNanos((int) Math.min(batchSize, rowsAhead + rows)));
    }

    /** Predicted nanoseconds until an instance takes the batch of a request with so many rows ahead of it. */
    public long startNanos(long rowsAhead, long nowNanos) {
        int sorted = 0;
        for (int i = 0; i < runningRows.length; i++) {
            if (runningRows[i] != ABSENT) {
                insert(sorted++, runningRows[i] == IDLE ? 0 : remainingNanos(i, nowNanos));
            }
        }
        long batchesAhead = rowsAhead / batchSize;
        long rounds = batchesAhead / instances;
        return remaining[(int) (batchesAhead % instances)] + rounds * fullBatchNanos;
    }

    /** A batch that is late by some time is expected to take as long again. */
    private long remainingNanos(int instance, long nowNanos) {
        return Math.abs(expectedEndNanos[instance] - nowNanos);
    }

    /** Puts a value into the sorted first {@code count} of {@link #remaining}. */
    private void insert(int count, long value) {
        int at = count;
        while (at > 0 && remaining[at - 1] > value) {
            remaining[at] = remaining[at - 1];
            at--;
        }
        remaining[at] = value;
    }

    /** Expected nanoseconds of a batch of so many rows; 0 while nothing was measured. */
    public long serviceNanos(int rows) {
        return Math.round(serviceTimes.nanos(rows));
    }

    /** How many times as long as expected all but a few in a hundred executions run at most. */
    public double spread() {
        return serviceTimes.spread();
    }

    /** Rows of the largest batch that was measured; 0 before the second execution. */
    public int largestMeasured() {
        return serviceTimes.largest();
    }

    /** Rows that an idle instance should take at most of {@code queuedRows}: few, where batches gain nothing. */
    public int maxRows(long queuedRows) {
        return gain.maxRows(queuedRows, runningRows(), instances, batchSize);
    }

    private long runningRows() {
        long rows = 0;
        for (int running : runningRows) {
            rows += Math.max(0, running);
        }
        return rows;
    }

    /** How many executions were measured. */
    public long measured() {
        return serviceTimes.measured();
    }
}
