package io.nereid.scheduler.tuning;

/**
 * Keeps the p99 of a model's latency under a target with as much throughput as that allows: chooses how large batches may
 * get, and refuses at arrival what would be answered too late. Not thread-safe; allocates nothing.
 */
public final class LatencyTuner {
    private static final double LATE_SHARE = 0.005;
    private static final double STEP = 0.1;
    private static final double CAUTION_BEYOND_SPREAD = 0.5;

    private final long targetNanos;
    private final DrainEstimate estimate;
    private final int configuredRows;
    private final ArrivalRate arrivals;
    private double caution = 1;
    private int answered;
    private int late;
    private int maxRows;

    public LatencyTuner(long targetNanos, DrainEstimate estimate) {
        this.targetNanos = targetNanos;
        this.estimate = estimate;
        this.configuredRows = estimate.batchSize();
        this.maxRows = configuredRows;
        this.arrivals = new ArrivalRate(targetNanos / 2);
    }

    public boolean admits(long rowsAhead, int rows, long nowNanos) {
        arrivals.arrived(rows, nowNanos);
        long start = estimate.startNanos(rowsAhead, nowNanos);
        if (start == 0) {
            return true;
        }
        double gathered = rowsAhead % maxRows + rows + arrivals.rowsPerNano() * start;
        long service = estimate.serviceNanos((int) Math.min(maxRows, gathered));
        return (start + service) * caution <= targetNanos;
    }

    public void answered(long latencyNanos) {
        answered++;
        if (latencyNanos > targetNanos) {
            late++;
        }
    }

    public boolean adjust() {
        if (answered > 0) {
            caution += STEP * ((double) late / answered - LATE_SHARE);
            caution = Math.clamp(caution, 1, estimate.spread() + CAUTION_BEYOND_SPREAD);
            answered = 0;
            late = 0;
        }
        int rows = chooseRows();
        if (rows == maxRows) {
            return false;
        }
        maxRows = rows;
        estimate.batchSize(rows);
        return true;
    }

    private int chooseRows() {
        int most = (int) Math.min(configuredRows, Math.max(1, 2L * estimate.largestMeasured()));
        int least = 1;
        while (least < most) {
            int middle = (least + most + 1) >>> 1;
            if (keepsTarget(middle)) {
                least = middle;
            } else {
                most = middle - 1;
            }
        }
        return least;
    }

    /** A request waits for a batch that runs, or as long as it takes to gather its own, and then its own runs. */
    private boolean keepsTarget(int rows) {
        double service = estimate.serviceNanos(rows);
        return (service + Math.min(service, rows / arrivals.rowsPerNano())) * caution <= targetNanos;
    }

    public int maxRows() {
        return maxRows;
    }

    public long delayNanos() {
        return 0;
    }
}
