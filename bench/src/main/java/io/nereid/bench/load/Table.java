package io.nereid.bench.load;

import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** The measurements as Markdown. */
final class Table {
    private static final String ROW = "| %-22s | %11s | %10s | %8s | %8s | %14s | %18s | %6s | %-24s |%n";

    private Table() {}

    static String header() {
        return ROW.formatted("scenario", "concurrency", "requests/s", "p50", "p99", "CPU us/request",
                "heap bytes/request", "errors", "aim: CPU")
                + ROW.formatted("---", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---");
    }

    static String row(Measurement row, String aim) {
        return ROW.formatted(row.scenario(), row.concurrency(), number("%,.0f", row.report().requestsPerSecond()),
                row.report().p50(), row.report().p99(), number("%,.1f", row.cpuMicrosPerRequest()),
                number("%,.0f", row.heapBytesPerRequest()), row.report().errors(), aim);
    }

    /** What was aimed at and whether it was reached; empty for other concurrencies than the aim's. */
    static String aim(OptionalDouble aimMicros, Measurement row) {
        if (aimMicros.isEmpty() || row.concurrency() != 8) {
            return "";
        }
        double aim = aimMicros.getAsDouble();
        return "<= %.0f us: %s".formatted(aim, row.cpuMicrosPerRequest() <= aim ? "reached" : "missed");
    }

    /** What the server's request costs beyond the bare calls measured right before and after it. */
    static String aimOverBare(Measurement row, List<Measurement> bare) {
        double calls = bare.stream().mapToDouble(Measurement::cpuMicrosPerRequest).average().orElseThrow();
        String above = number("%+.1f %%", 100 * (row.cpuMicrosPerRequest() / calls - 1));
        return row.concurrency() == 8 ? "<= +4 %% over bare: %s".formatted(above) : above + " over bare";
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }
}
