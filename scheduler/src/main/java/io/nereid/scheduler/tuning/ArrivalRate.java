package io.nereid.scheduler.tuning;

/**
 * How many rows come per nanosecond at busy times: it follows a rise at once and a fall slowly, and a silence hardly
 * counts, so that the next burst does not come as a surprise. Not thread-safe; allocates nothing.
 */
final class ArrivalRate {
    private static final double UP = 0.5;
    private static final double DOWN = 1.0 / 16;

    private final long windowNanos;
    private long windowStartNanos;
    private long windowRows;
    private boolean started;
    private double rowsPerNano;

    /** A rate of 0, from windows of this length. */
    ArrivalRate(long windowNanos) {
        this.windowNanos = windowNanos;
    }

    /** A request of so many rows has come. */
    void arrived(int rows, long nowNanos) {
        long elapsed = nowNanos - windowStartNanos;
        if (!started || elapsed >= windowNanos) {
            closeWindow(elapsed);
            windowStartNanos = nowNanos;
            windowRows = 0;
        }
        windowRows += rows;
    }

    private void closeWindow(long elapsedNanos) {
        if (started) {
            double rate = (double) windowRows / elapsedNanos;
            rowsPerNano += (rate - rowsPerNano) * (rate > rowsPerNano ? UP : DOWN);
        }
        started = true;
    }

    /** Rows per nanosecond; 0 as long as none came. */
    double rowsPerNano() {
        return Math.max(rowsPerNano, (double) windowRows / windowNanos);
    }
}
