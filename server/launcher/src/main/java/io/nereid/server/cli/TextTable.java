package io.nereid.server.cli;

import java.util.ArrayList;
import java.util.List;

/** A table of text in Triton's frame of dashes and bars; as wide as its widest cells. */
final class TextTable {
    private final List<List<String>> rows = new ArrayList<>();

    TextTable(String... headings) {
        rows.add(List.of(headings));
    }

    /** Adds a row; as many cells as there are headings. */
    TextTable row(String... cells) {
        if (cells.length != rows.getFirst().size()) {
            throw new IllegalArgumentException(
                    "row: got %d cells (expected %d)".formatted(cells.length, rows.getFirst().size()));
        }
        rows.add(List.of(cells));
        return this;
    }

    /** The lines, the last one ended too. */
    @Override
    public String toString() {
        int[] widths = widths();
        StringBuilder frame = new StringBuilder("+");
        for (int width : widths) {
            frame.append("-".repeat(width + 2)).append('+');
        }
        StringBuilder text = new StringBuilder().append(frame).append('\n');
        line(text, rows.getFirst(), widths);
        text.append(frame).append('\n');
        rows.stream().skip(1).forEach(row -> line(text, row, widths));
        return text.append(frame).append('\n').toString();
    }

    private int[] widths() {
        int[] widths = new int[rows.getFirst().size()];
        for (List<String> row : rows) {
            for (int column = 0; column < widths.length; column++) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        }
        return widths;
    }

    private static void line(StringBuilder text, List<String> row, int[] widths) {
        text.append('|');
        for (int column = 0; column < widths.length; column++) {
            String cell = row.get(column);
            text.append(' ').append(cell).append(" ".repeat(widths[column] - cell.length())).append(" |");
        }
        text.append('\n');
    }
}
