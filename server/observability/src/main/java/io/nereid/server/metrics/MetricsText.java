package io.nereid.server.metrics;

import io.nereid.statistics.HistogramSnapshot;
import io.nereid.statistics.SummarySnapshot;

import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;

/**
 * Prometheus' text format, version 0.0.4, as it grows. A family is begun, then all of its samples follow. Names are
 * written as they are: libraries put {@code _total} behind those of counters, and Triton's have none. Not thread-safe.
 */
final class MetricsText {
    /** Kinds of families. */
    enum Type {
        COUNTER,
        GAUGE,
        HISTOGRAM,
        SUMMARY
    }

    private final StringBuilder text = new StringBuilder(16 << 10);
    private String family = "";

    /** Begins a family; {@code help} is one line. */
    MetricsText family(String name, Type type, String help) {
        family = name;
        text.append("# HELP ").append(name).append(' ').append(help).append("\n# TYPE ").append(name).append(' ')
                .append(type.name().toLowerCase(Locale.ROOT)).append('\n');
        return this;
    }

    /** A sample of the family. */
    MetricsText sample(Labels labels, double value) {
        sample("", labels, "", value);
        return this;
    }

    /** A sample of the family. */
    MetricsText sample(Labels labels, long value) {
        sample("", labels, "", value);
        return this;
    }

    /** A family of one sample without labels. */
    void single(String name, Type type, String help, double value) {
        family(name, type, help).sample(Labels.NONE, value);
    }

    /** A family of one sample without labels. */
    void single(String name, Type type, String help, long value) {
        family(name, type, help).sample(Labels.NONE, value);
    }

    /**
     * A histogram of the family.
     *
     * @param scale how many decimal places the unit of the family is above that of the values: 9 for nanoseconds told
     *     in
     *        seconds
     */
    void histogram(Labels labels, HistogramSnapshot histogram, int scale) {
        List<Long> upper = histogram.bounds().upper();
        long below = 0;
        for (int i = 0; i < upper.size(); i++) {
            below += histogram.counts().get(i);
            sample("_bucket", labels, "le=\"" + plain(BigDecimal.valueOf(upper.get(i), scale)) + "\"", below);
        }
        long count = histogram.count();
        sample("_bucket", labels, "le=\"+Inf\"", count);
        line("_sum", labels, "", plain(BigDecimal.valueOf(histogram.sum(), scale)));
        sample("_count", labels, "", count);
    }

    /**
     * A histogram of the family, whose values are in the family's unit.
     *
     * @param counts up to each bound and above the one before, and above the last one
     */
    void histogram(Labels labels, List<Double> bounds, List<Long> counts, double sum) {
        long below = 0;
        for (int i = 0; i < bounds.size(); i++) {
            below += counts.get(i);
            if (!bounds.get(i).equals(Double.POSITIVE_INFINITY)) {
                sample("_bucket", labels, "le=\"" + number(bounds.get(i)) + "\"", below);
            }
        }
        long count = below + counts.getLast();
        sample("_bucket", labels, "le=\"+Inf\"", count);
        sample("_sum", labels, "", sum);
        sample("_count", labels, "", count);
    }

    /** A summary of the family. */
    void summary(Labels labels, SummarySnapshot summary) {
        for (SummarySnapshot.Quantile quantile : summary.quantiles()) {
            sample("", labels, "quantile=\"" + number(quantile.quantile()) + "\"", quantile.value());
        }
        sample("_sum", labels, "", summary.sum());
        sample("_count", labels, "", summary.count());
    }

    private void sample(String suffix, Labels labels, String lastLabel, long value) {
        line(suffix, labels, lastLabel, Long.toString(value));
    }

    private void sample(String suffix, Labels labels, String lastLabel, double value) {
        line(suffix, labels, lastLabel, number(value));
    }

    private void line(String suffix, Labels labels, String lastLabel, String value) {
        text.append(family).append(suffix);
        boolean none = labels.values().isEmpty();
        if (!none || !lastLabel.isEmpty()) {
            text.append('{');
            text.append(labels.text()).append(none || lastLabel.isEmpty() ? "" : ",").append(lastLabel).append('}');
        }
        text.append(' ').append(value).append('\n');
    }

    /** Without an exponent: people read this too. */
    private static String number(double value) {
        if (Double.isNaN(value)) {
            return "NaN";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "+Inf" : "-Inf";
        }
        return plain(BigDecimal.valueOf(value));
    }

    private static String plain(BigDecimal value) {
        return value.stripTrailingZeros().toPlainString();
    }

    /** All that was written. */
    @Override
    public String toString() {
        return text.toString();
    }
}
