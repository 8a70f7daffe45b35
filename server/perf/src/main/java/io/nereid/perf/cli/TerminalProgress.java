package io.nereid.perf.cli;

import io.nereid.perf.measure.LoadLevel;
import io.nereid.perf.measure.Progress;
import io.nereid.perf.measure.Slice;

import java.io.PrintStream;
import java.util.Locale;

/** A line in the terminal that is written anew about once a second, and is gone when the level's figures come. */
final class TerminalProgress implements Progress {
    private static final String CLEAR = "\r\u001b[K";
    private static final double NANOS_PER_MILLI = 1e6;

    private final PrintStream terminal;
    private final PerfOptions options;
    private boolean shown;

    TerminalProgress(PrintStream terminal, PerfOptions options) {
        this.terminal = terminal;
        this.options = options;
    }

    @Override
    public void onSlice(LoadLevel level, int window, Slice slice) {
        terminal.print(CLEAR + line(level, window, slice));
        terminal.flush();
        shown = true;
    }

    /** What the terminal shows of it. */
    String line(LoadLevel level, int window, Slice slice) {
        String part = window == 0 ? "warm-up"
                : options.measurement().requestCount() > 0 ? options.measurement().requestCount() + " requests"
                        : "window " + window + " of at most " + options.measurement().maxWindows();
        String errors = slice.errors() == 0 ? "" : ", " + slice.errors() + " failed";
        return String.format(Locale.ROOT, "%s, %s, %.0f s: %.0f requests/s, p50 %.3f ms, p99 %.3f ms%s",
                PerfRun.describe(level.load()), part, slice.startSeconds() + slice.seconds(),
                slice.latencies().count() / slice.seconds(), slice.latencies().percentileNanos(50) / NANOS_PER_MILLI,
                slice.latencies().percentileNanos(99) / NANOS_PER_MILLI, errors);
    }

    /** Takes the line away. */
    void clear() {
        if (shown) {
            terminal.print(CLEAR);
            terminal.flush();
            shown = false;
        }
    }
}
