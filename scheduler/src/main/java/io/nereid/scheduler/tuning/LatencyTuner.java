package io.nereid.scheduler.tuning;

/**
 * Keeps the p99 of a model's latency under a target with as much throughput as that allows
 * (docs/decisions/0004-batching-by-target.md): says how large batches may get, and rejects at arrival what would be
 * answered too late. Not thread-safe; allocates nothing.
 *
 * <p>Batches get as large as lets a request that arrives at the worst moment be answered within the target. What is
 * admitted follows from the predicted answer. Both predictions are multiplied by a caution, which grows when answers
 * are late and shrinks while they are not. Requests hardly ever wait for others: under load a batch gathers while the
 * ones before it run.
 */
public final class LatencyTuner {
    /** By how much a batch of which every answer was late raises the caution. */
    private static final double LATE_STEP = 0.5;
    /** What each batch takes off the caution: late answers of long ago say little. */
    private static final double FADE = 1.0 / 384;

    /** A batch that gives so much of the rows per second of the largest is as good. */
    private static final double NEARLY = 0.99;
    /** After so many batches one may be twice as large: what is never run is never measured again. */
    private static final int PROBE_EVERY = 256;
    private static final double PRESSURE_FADE = 1.0 / 64;
    private static final double PRESSURE_GONE = 0.1;

    private final long targetNanos;
    private final DrainEstimate estimate;
    private final int configuredRows;
    private final ArrivalRate arrivals;
    private int maxRows;
    private double caution = 1;
    /** 1 when a request has just been rejected, and less with every batch since. */
    private double pressure;
    private long delayNanos;
    private int batches;
    private int answered;
    private int late;

    /**
     * A tuner that knows no more than {@code estimate}.
     *
     * @param targetNanos p99 of the time from a request's arrival to its answer
     * @param estimate of the same model; its batch size is the most the tuner ever chooses, and the tuner's from now on
     */
    public LatencyTuner(long targetNanos, DrainEstimate estimate) {
        if (targetNanos < 1) {
            throw new IllegalArgumentException("targetNanos: got " + targetNanos + " (expected: >= 1)");
        }
        this.targetNanos = targetNanos;
        this.estimate = estimate;
        this.configuredRows = estimate.batchSize();
        this.maxRows = configuredRows;
        this.arrivals = new ArrivalRate(Math.max(1, targetNanos / 2));
    }

    /**
     * Whether a request that arrives now should be accepted: whether it is predicted to be answered within the target.
     * One that an idle instance would take at once always is, so that not every request is rejected for good.
     */
    public boolean admits(long rowsAhead, int rows, long nowNanos) {
        arrivals.arrived(rows, nowNanos);
        long start = estimate.startNanos(rowsAhead, nowNanos);
        if (start == 0) {
            return true;
        }
        double gathered = rowsAhead % maxRows + rows + arrivals.rowsPerNano() * start;
        long service = estimate.serviceNanos((int) Math.min(maxRows, gathered));
        boolean admitted = keepsTarget((double) start + service);
        if (!admitted) {
            pressure = 1;
        }
        return admitted;
    }

    /** A request was answered so long after it came. */
    public void answered(long latencyNanos) {
        answered++;
        if (latencyNanos > targetNanos) {
            late++;
        }
    }

    /**
     * Learns from the batch that has been run: called after {@link DrainEstimate#finished} and {@link #answered} for
     * each of its requests.
     *
     * @return whether {@link #maxRows} or {@link #delayNanos} has changed
     */
    public boolean adjust() {
        if (answered > 0) {
            caution += LATE_STEP * late / answered - (caution - 1) * FADE;
            caution = Math.clamp(caution, 1, maxCaution());
            answered = 0;
            late = 0;
        }
        pressure -= pressure * PRESSURE_FADE;
        int rows = chooseRows();
        if (++batches % PROBE_EVERY == 0) {
            rows = (int) Math.min(configuredRows, 2L * rows);
        }
        long delay = chooseDelay(rows);
        if (rows == maxRows && Math.abs(delay - delayNanos) <= delayNanos / 8) {
            return false;
        }
        maxRows = rows;
        delayNanos = delay;
        estimate.batchSize(rows);
        return true;
    }

    /**
     * Where a burst meets several idle instances, each would be off with one request and away for a whole execution.
     * So, while requests have to be rejected, an instance waits until a batch has gathered: where that takes less than
     * an execution, and the batch half the time of as many single runs.
     */
    private long chooseDelay(int rows) {
        double gathering = rows / arrivals.rowsPerNano();
        double service = estimate.serviceNanos(rows);
        boolean pays = gathering < service && 2 * service < (double) rows * estimate.serviceNanos(1);
        return estimate.instances() > 1 && pressure > PRESSURE_GONE && pays ? (long) gathering : 0;
    }

    /**
     * Twice what the spread of the executions explains, and a little for other causes: no shock may cost much
     * throughput.
     */
    private double maxCaution() {
        return 1.1 + 2 * (estimate.spread() - 1);
    }

    /** The most rows that keep the target; not far beyond what was measured, where the prediction is a guess. */
    private int chooseRows() {
        int high = (int) Math.min(configuredRows, Math.max(1, 2L * estimate.largestMeasured()));
        int low = 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (keepsTarget(worstAnswerNanos(middle))) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return smallestAsGood(low);
    }

    /**
     * The smallest size that does nearly as many rows in the same time: where larger batches gain nothing they only
     * take longer, and leave less of the target for a queue that carries a burst into the silence after it.
     */
    private int smallestAsGood(int rows) {
        double enough = NEARLY * rows / estimate.serviceNanos(rows);
        int low = 1;
        int high = rows;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (middle >= enough * estimate.serviceNanos(middle)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return high;
    }

    /**
     * A request waits for a running batch, or for as long as it takes to gather its own if that is less; then it runs.
     */
    private double worstAnswerNanos(int rows) {
        double service = estimate.serviceNanos(rows);
        return service + Math.min(service, rows / arrivals.rowsPerNano());
    }

    private boolean keepsTarget(double predictedNanos) {
        return predictedNanos * caution <= targetNanos;
    }

    /** Most rows that a batch should have now. */
    public int maxRows() {
        return maxRows;
    }

    /** How long requests should wait for others now. */
    public long delayNanos() {
        return delayNanos;
    }

    /** The factor on predictions: 1 as long as they hold. */
    double caution() {
        return caution;
    }
}
