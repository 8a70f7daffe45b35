package io.nereid.bench.load.tail;

import io.nereid.bench.load.MarkdownTable;

import java.util.List;
import java.util.Locale;

/**
 * The three turns of one number of clients, and what is wanted of them: the server may cost what the bare session and
 * the transport of as many bytes cost, and hardly more.
 *
 * @param bare the session behind a queue
 * @param served the distribution with the same model
 * @param identity the distribution with the model that repeats 602 KB
 */
record Comparison(Figures bare, Figures served, Figures identity) {
    static final double MOST_P99 = 1.1;
    static final double MOST_CPU = 1.03;

    private static final MarkdownTable TABLE = new MarkdownTable("round", "clients", "requests/s bare", "served",
            "identity", "p50 ms bare", "served", "identity", "p99 ms bare", "served", "at most", "", "CPU us bare",
            "served", "identity", "at most", "");

    static String header() {
        return TABLE.header();
    }

    /** The middle of several, figure by figure. */
    static Comparison median(List<Comparison> all) {
        return new Comparison(Figures.median(all.stream().map(Comparison::bare).toList()),
                Figures.median(all.stream().map(Comparison::served).toList()),
                Figures.median(all.stream().map(Comparison::identity).toList()));
    }

    double maxP99Millis() {
        return MOST_P99 * (bare.p99Millis() + identity.p50Millis());
    }

    double maxCpuMicros() {
        return MOST_CPU * (bare.cpuMicros() + identity.cpuMicros());
    }

    /**
     * A line of the table.
     *
     * @param round what its first column says
     */
    String row(String round, int clients) {
        return TABLE.row(round, clients, whole(bare.perSecond()), whole(served.perSecond()),
                whole(identity.perSecond()), millis(bare.p50Millis()), millis(served.p50Millis()),
                millis(identity.p50Millis()), millis(bare.p99Millis()), millis(served.p99Millis()),
                millis(maxP99Millis()), met(served.p99Millis(), maxP99Millis()), whole(bare.cpuMicros()),
                whole(served.cpuMicros()), whole(identity.cpuMicros()), whole(maxCpuMicros()),
                met(served.cpuMicros(), maxCpuMicros()));
    }

    private static String met(double value, double most) {
        return value <= most ? "met" : "not met (%+.0f %%)".formatted(100 * (value / most - 1));
    }

    private static String millis(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    private static String whole(double value) {
        return String.format(Locale.ROOT, "%,.0f", value);
    }
}
