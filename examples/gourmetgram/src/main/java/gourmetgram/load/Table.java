package gourmetgram.load;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The measurements as a table in Markdown, with the figures that the tutorial prints. */
final class Table {
    private static final List<String> HEAD = List.of("what answers", "senders", "requests", "median", "95th percentile",
            "99th percentile", "throughput");
    private static final double NANOS_PER_MILLISECOND = 1e6;

    private final boolean withCpu;
    private final List<List<String>> rows = new ArrayList<>();

    /** An empty table, with or without a column of how long a request was computed for. */
    Table(boolean withCpu) {
        this.withCpu = withCpu;
        addRow(HEAD, "CPU per request");
    }

    /** Adds a row. */
    void add(String what, Measurement measured) {
        Latencies latencies = measured.latencies();
        addRow(List.of(what, Integer.toString(measured.senders()), Integer.toString(latencies.count()),
                milliseconds(latencies.percentile(50)), milliseconds(latencies.percentile(95)),
                milliseconds(latencies.percentile(99)),
                String.format(Locale.ROOT, "%.2f requests/sec", measured.requestsPerSecond())),
                String.format(Locale.ROOT, "%.1f ms", measured.cpuNanosPerRequest() / NANOS_PER_MILLISECOND));
    }

    private void addRow(List<String> cells, String cpu) {
        List<String> row = new ArrayList<>(cells);
        if (withCpu) {
            row.add(cpu);
        }
        rows.add(row);
    }

    private static String milliseconds(double nanos) {
        return String.format(Locale.ROOT, "%.4f ms", nanos / NANOS_PER_MILLISECOND);
    }

    /** All rows, the columns below each other. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int row = 0; row < rows.size(); row++) {
            line(text, rows.get(row), ' ');
            if (row == 0) {
                line(text, rows.getFirst().stream().map(_ -> "").toList(), '-');
            }
        }
        return text.toString();
    }

    private void line(StringBuilder text, List<String> cells, char filler) {
        for (int column = 0; column < cells.size(); column++) {
            text.append("| ").append(cells.get(column));
            text.repeat(filler, width(column) - cells.get(column).length()).append(' ');
        }
        text.append("|\n");
    }

    private int width(int column) {
        return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
    }
}
