package io.nereid.scheduler.tuning;

/** How many rows come per nanosecond while requests come at all. Not thread-safe; allocates nothing. */
final class ArrivalRate {
    private static final double UP = 0.5;
    private static final double DOWN = 1.0 / 16;

    private final long windowNanos;
    private long windowStartNanos;
    private boolean started;
    private long windowRows;
    private double rowsPerNano;

    ArrivalRate(long windowNanos) {
        this.windowNanos = windowNanos;
    }

    void arrived(int rows, long nowNanos) {
        if (!started) {
            started = true;
            windowStartNanos = nowNanos;
        }
        long elapsed = nowNanos - windowStartNanos;
        if (elapsed >= windowNanos) {
            double rate = (double) windowRows / elapsed;
            rowsPerNano += (rate - rowsPerNano) * (rate > rowsPerNano ? UP : DOWN);
            windowStartNanos = nowNanos;
            windowRows = 0;
        }
        windowRows += rows;
    }

    double rowsPerNano() {
        return Math.max(rowsPerNano, (double) windowRows / windowNanos);
    }
}
