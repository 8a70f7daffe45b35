package io.nereid.perf.report;

import java.util.Locale;

/** Numbers as people read them. */
final class Numbers {
    private Numbers() {}

    /** A whole number, its thousands apart. */
    static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** Events per second, or another figure of a few digits: one decimal below a hundred. */
    static String rate(double value) {
        return String.format(Locale.ROOT, value < 99.95 ? "%.1f" : "%,.0f", value);
    }

    /** Milliseconds of so many nanoseconds, with three digits or more. */
    static String millis(double nanos) {
        double millis = nanos / 1e6;
        return String.format(Locale.ROOT, millis < 0.9995 ? "%.3f" : millis < 99.95 ? "%.2f" : "%,.0f", millis);
    }

    static String percent(double share) {
        return String.format(Locale.ROOT, share > 0 && share < 0.01 ? "%.3f %%" : "%.1f %%", share * 100);
    }

    /** A percentile as it is called: {@code p99}, {@code p99.9}. */
    static String percentile(double percent) {
        return percent == Math.rint(percent) ? "p" + (long) percent : "p" + percent;
    }
}
