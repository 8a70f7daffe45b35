package io.nereid.simulation;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import io.nereid.statistics.CloseReason;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What a simulation counted between its warm-up and its end. Filled by {@link Simulation}. */
public final class Report {
    /** Second by second is how the p99 is followed. */
    static final long WINDOW_NANOS = 1_000_000_000;

    private final long fromNanos;
    private final long toNanos;
    private final long deadlineNanos;
    private final int instances;
    private final LatencyHistogram latency = new LatencyHistogram();
    private final LatencyHistogram queue = new LatencyHistogram();
    private final LatencyHistogram window = new LatencyHistogram();
    private final EnumMap<CloseReason, Long> closed = new EnumMap<>(CloseReason.class);
    /** How many there were, by their rows: few sizes, which may be large. */
    private final TreeMap<Integer, Long> batches = new TreeMap<>();
    private final long[] windowP99;
    private int windowIndex;
    long requests;
    long inTime;
    long executions;
    long queueFull;
    long timedOut;
    long refused;
    int queueLengthMax;
    long executedRows;
    private long answeredRows;
    private long busyNanos;
    private long lastAnswerNanos;

    Report(Setup setup) {
        instances = setup.instances();
        fromNanos = setup.warmupNanos();
        toNanos = setup.durationNanos();
        deadlineNanos = setup.deadlineNanos() == 0 ? Long.MAX_VALUE : setup.deadlineNanos();
        windowP99 = new long[(int) (toNanos / WINDOW_NANOS) + 1];
    }

    boolean counts(long nowNanos) {
        return nowNanos >= fromNanos && nowNanos <= toNanos;
    }

    void answered(long nowNanos, long latencyNanos, int rows) {
        follow(nowNanos, latencyNanos);
        if (counts(nowNanos)) {
            lastAnswerNanos = nowNanos;
            latency.record(latencyNanos);
            answeredRows += rows;
            inTime += latencyNanos <= deadlineNanos ? 1 : 0;
        }
    }

    private void follow(long nowNanos, long latencyNanos) {
        int index = (int) Math.min(windowP99.length - 1, nowNanos / WINDOW_NANOS);
        if (index != windowIndex) {
            closeWindow();
            windowIndex = index;
        }
        window.record(latencyNanos);
    }

    private void closeWindow() {
        windowP99[windowIndex] = window.quantile(0.99);
        window.clear();
    }

    void taken(long nowNanos, long queueNanos) {
        if (counts(nowNanos)) {
            queue.record(queueNanos);
        }
    }

    void executed(long nowNanos, int rows, CloseReason reason, long nanos) {
        if (counts(nowNanos)) {
            executions++;
            busyNanos += nanos;
            executedRows += rows;
            batches.merge(rows, 1L, Long::sum);
            closed.merge(reason, 1L, Long::sum);
        }
    }

    void end() {
        closeWindow();
    }

    /** How long it counted. */
    public double seconds() {
        return (toNanos - fromNanos) / 1e9;
    }

    /** Requests that came. */
    public long requests() {
        return requests;
    }

    /** Batches that ran. */
    public long executions() {
        return executions;
    }

    /** Requests that were not answered: the queue was full, they timed out, or they were refused at arrival. */
    public long notAnswered() {
        return queueFull + timedOut + refused;
    }

    /** Requests that were answered. */
    public long answers() {
        return latency.count();
    }

    /** Requests answered per second. */
    public double throughput() {
        return latency.count() / seconds();
    }

    /** Rows answered per second. */
    public double rowsPerSecond() {
        return answeredRows / seconds();
    }

    /** Requests answered within the deadline per second. */
    public double goodput() {
        return inTime / seconds();
    }

    /** A quantile of the latency from arrival to answer. */
    public long latency(double share) {
        return latency.quantile(share);
    }

    /** A quantile of the time from arrival to the start of the batch. */
    public long queueTime(double share) {
        return queue.quantile(share);
    }

    /** The share of the time until the last answer in which an instance ran, from 0 to 1. */
    public double utilisation() {
        long nanos = lastAnswerNanos - fromNanos;
        return nanos <= 0 ? 0 : Math.min(1, (double) busyNanos / nanos / instances);
    }

    /** Which share of the answers took at most so long. */
    public double shareWithin(long nanos) {
        return latency.shareUpTo(nanos);
    }

    /** The p99 of what was answered in that second; 0 if nothing was. */
    public long p99OfSecond(int second) {
        return windowP99[second];
    }

    /** The highest p99 of any second from {@code first} to the end. */
    public long worstP99From(int first) {
        long worst = 0;
        for (int i = first; i < windowP99.length; i++) {
            worst = Math.max(worst, windowP99[i]);
        }
        return worst;
    }

    /** Batches of so many rows. */
    public long batchesOf(int rows) {
        return batches.getOrDefault(rows, 0L);
    }

    /** The rows of the largest batch; 0 if there was none. */
    public int largestBatch() {
        return batches.isEmpty() ? 0 : batches.lastKey();
    }

    /** Rows of a batch on the average. */
    public double meanBatch() {
        return executions == 0 ? 0 : (double) executedRows / executions;
    }

    /** The report in lines of text. */
    public String text() {
        StringBuilder text = new StringBuilder();
        line(text, "requests          %,d in %,.0f s (%,.1f/s)", requests, seconds(), requests / seconds());
        line(text, "throughput        %,.1f answers/s, %,.1f rows/s", throughput(), rowsPerSecond());
        line(text, "goodput           %,.1f answers/s within %s", goodput(),
                deadlineNanos == Long.MAX_VALUE ? "any time" : millis(deadlineNanos));
        line(text, "latency           p50 %s, p90 %s, p99 %s, p99.9 %s", millis(latency(0.5)), millis(latency(0.9)),
                millis(latency(0.99)), millis(latency(0.999)));
        line(text, "not answered      %,d queue full, %,d timed out, %,d refused as too late at arrival", queueFull,
                timedOut, refused);
        line(text, "queue             at most %,d requests", queueLengthMax);
        line(text, "executions        %,d, %.2f rows each", executions, meanBatch());
        for (Map.Entry<CloseReason, Long> entry : closed.entrySet()) {
            line(text, "  closed by       %-15s %5.1f %%", entry.getKey(), 100.0 * entry.getValue() / executions);
        }
        for (Map.Entry<Integer, Long> size : batches.entrySet()) {
            if (size.getValue() * 2000 >= executions) {
                double share = (double) size.getValue() / executions;
                line(text, "  rows %4d       %5.1f %% %s", size.getKey(), 100 * share,
                        "#".repeat((int) Math.round(60 * share)));
            }
        }
        return text.toString();
    }

    @FormatMethod
    private static void line(StringBuilder text, @FormatString String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    /** A time as the report shows it. */
    public static String millis(long nanos) {
        return String.format(Locale.ROOT, "%.2f ms", nanos / 1e6);
    }
}
