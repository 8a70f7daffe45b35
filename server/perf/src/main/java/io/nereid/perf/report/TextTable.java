package io.nereid.perf.report;

import java.util.ArrayList;
import java.util.List;

/** A table in the terminal: columns as wide as their widest text, all to the right. Not thread-safe. */
public final class TextTable {
    private static final String GAP = "  ";

    private final List<List<String>> rows = new ArrayList<>();

    /** With these heads of the columns. */
    public TextTable(List<String> heads) {
        rows.add(heads);
    }

    /** Adds a row; as many cells as there are heads. */
    public void add(List<String> row) {
        rows.add(row);
    }

    /** The lines, each with its end. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < row.size(); column++) {
                String cell = row.get(column);
                line.append(column == 0 ? "" : GAP).repeat(' ', width(column) - cell.length()).append(cell);
            }
            text.append(line).append('\n');
        }
        return text.toString();
    }

    private int width(int column) {
        return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
    }
}
