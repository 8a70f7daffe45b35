package io.nereid.bench.load;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Rows of a table as Markdown; the first column is text, the others are numbers unless they are made text. */
public final class MarkdownTable {
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double BYTES_PER_MEBIBYTE = 1024 * 1024.0;

    private final List<String> headers;

    /** A table with these columns. */
    public MarkdownTable(String... headers) {
        this.headers = List.of(headers);
    }

    /** The headers and the line below them. */
    public String header() {
        return line(headers) + line(headers.stream().map(header -> header.equals(headers.getFirst()) ? "---" : "---:")
                .toList());
    }

    /** A row; a cell for each header. */
    public String row(Object... cells) {
        if (cells.length != headers.size()) {
            throw new IllegalArgumentException("got %d cells for %d headers".formatted(cells.length, headers.size()));
        }
        return line(Arrays.stream(cells).map(Object::toString).toList());
    }

    private static String line(List<String> cells) {
        return cells.stream().collect(Collectors.joining(" | ", "| ", " |\n"));
    }

    /** With one decimal. */
    public static String millis(long nanos) {
        return String.format(Locale.ROOT, "%.1f", nanos / NANOS_PER_MILLI);
    }

    /** Without decimals. */
    public static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%.0f", bytes / BYTES_PER_MEBIBYTE);
    }

    /** With no decimals from 100 on, else with one. */
    public static String number(double value) {
        return String.format(Locale.ROOT, value >= 100 ? "%,.0f" : "%.1f", value);
    }
}
