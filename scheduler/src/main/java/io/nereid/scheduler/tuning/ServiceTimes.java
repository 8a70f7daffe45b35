package io.nereid.scheduler.tuning;

/**
 * How long a batch runs, by its number of rows, learned from the executions that were measured. Not thread-safe.
 *
 * <p>Sizes are grouped by powers of two; each group keeps a moving mean of its rows and of its time, and between groups
 * the time is read off a straight line, so that no particular law of cost is assumed. Three things make the means hold:
 * the first execution is left out, because models run slowly once; one execution counts for at most twice and at least
 * half of what was expected, because machines have hiccups; and groups that are not visited move along with those that
 * are, because what slows one size down slows all of them down.
 */
final class ServiceTimes {
    /** An execution moves a mean by one part in so many, once there are that many. */
    private static final int MEMORY = 16;
    /** Below so many executions a much faster one replaces the mean: what came before was a warm-up. */
    private static final int YOUNG = 8;
    private static final double SPREAD_SHARE = 0.98;
    private static final double SPREAD_STEP = 0.02;
    private static final double MAX_SPREAD = 2;
    static final int GROUPS = Integer.SIZE;

    private final double[] rows = new double[GROUPS];
    private final double[] nanos = new double[GROUPS];
    private final int[] samples = new int[GROUPS];
    private double spread = 1;
    private long measured;
    private int largest;

    /** Learns from one execution. */
    void executed(int batchRows, long serviceNanos) {
        if (measured++ == 0) {
            return;
        }
        largest = Math.max(largest, batchRows);
        int group = group(batchRows);
        double sample = Math.max(1, serviceNanos);
        if (samples[group] == 0 || (samples[group] < YOUNG && sample < nanos[group] / 2)) {
            samples[group] = 1;
            rows[group] = batchRows;
            nanos[group] = sample;
        } else {
            move(group, batchRows, sample);
        }
    }

    private void move(int group, int batchRows, double sample) {
        double expected = nanos(batchRows);
        follow(sample / expected);
        double step = 1.0 / Math.min(MEMORY, ++samples[group]);
        double newRows = rows[group] + step * (batchRows - rows[group]);
        double newNanos = nanos[group] + step * (Math.clamp(sample, expected / 2, expected * 2) - nanos[group]);
        double drift = newNanos / nanos(newRows);
        rows[group] = newRows;
        nanos[group] = newNanos;
        if (samples[group] >= MEMORY) {
            drift(group, drift);
        }
    }

    /** Up by much when an execution took longer than the spread, down by little when not: it rests where few do. */
    private void follow(double ratio) {
        spread += SPREAD_STEP * (ratio > spread ? SPREAD_SHARE : SPREAD_SHARE - 1);
        spread = Math.clamp(spread, 1, MAX_SPREAD);
    }

    /** How many times as long as expected all but a few in a hundred executions run at most. */
    double spread() {
        return spread;
    }

    /** Factors multiply up to what this group has moved by in all: the others keep their ratio to it. */
    private void drift(int visited, double factor) {
        for (int group = 0; group < GROUPS; group++) {
            if (group != visited) {
                nanos[group] *= factor;
            }
        }
    }

    /** How many executions were measured. */
    long measured() {
        return measured;
    }

    /** Rows of the largest batch measured, 0 before the second execution. */
    int largest() {
        return largest;
    }

    /**
     * Expected nanoseconds of a batch of so many rows; 0 before the second execution. It never falls with the rows.
     * Beyond the largest group it goes on as between the smallest and the largest; with one group alone it is flat.
     */
    double nanos(double batchRows) {
        double firstRows = 0;
        double firstNanos = 0;
        double lastRows = 0;
        double lastNanos = 0;
        for (int group = 0; group < GROUPS; group++) {
            if (samples[group] == 0) {
                continue;
            }
            double here = Math.max(lastNanos, nanos[group]);
            if (firstRows == 0) {
                firstRows = rows[group];
                firstNanos = here;
            }
            if (batchRows <= rows[group]) {
                return between(lastRows, lastNanos, rows[group], here, batchRows);
            }
            lastRows = rows[group];
            lastNanos = here;
        }
        return lastRows > firstRows ? between(firstRows, firstNanos, lastRows, lastNanos, batchRows) : lastNanos;
    }

    private static double between(double rowsA, double nanosA, double rowsB, double nanosB, double batchRows) {
        return rowsA == 0 ? nanosB : nanosA + (nanosB - nanosA) * (batchRows - rowsA) / (rowsB - rowsA);
    }

    /** The group of a size: 0 for one row, 1 for two and three, 2 from four on. */
    static int group(int batchRows) {
        return Integer.SIZE - 1 - Integer.numberOfLeadingZeros(Math.max(1, batchRows));
    }
}
