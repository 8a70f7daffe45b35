package io.nereid.perf.measure;

import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/** Whether the figures of the last windows hold still: neither throughput nor latency differs by more than a share. */
final class Stability {
    /** So many windows are compared, and are the result. */
    static final int WINDOWS = 3;

    private Stability() {}

    /** Whether the last {@link #WINDOWS} of these agree; not if there are fewer, or one has no answer. */
    static boolean isReached(List<Window> windows, double percent, OptionalDouble percentile) {
        if (windows.size() < WINDOWS) {
            return false;
        }
        List<Window> last = last(windows);
        return agree(last, percent, Window::requestsPerSecond)
                && agree(last, percent, window -> window.latencyNanos(percentile));
    }

    /** The last {@link #WINDOWS}, or all if there are fewer. */
    static List<Window> last(List<Window> windows) {
        return windows.subList(Math.max(0, windows.size() - WINDOWS), windows.size());
    }

    private static boolean agree(List<Window> windows, double percent, ToDoubleFunction<Window> figure) {
        double least = windows.stream().mapToDouble(figure).min().orElse(0);
        double most = windows.stream().mapToDouble(figure).max().orElse(0);
        return least > 0 && most <= least * (1 + percent / 100);
    }
}
