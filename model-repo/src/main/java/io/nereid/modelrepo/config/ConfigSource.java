package io.nereid.modelrepo.config;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Where a configuration comes from: what a problem that is found later needs to name its place.
 *
 * @param fileName as problems name the file; for a model without a file what stands for it
 * @param text the whole text of the file
 * @param root the tree that was read from it
 * @param tolerated what can be used, but was read as something else than was written
 */
record ConfigSource(String fileName, String text, MessageNode root, List<ConfigProblem> tolerated) {

    ConfigSource {
        tolerated = List.copyOf(tolerated);
    }

    /** How many problems one text lists: nobody reads more, and a client chooses how long its text is. */
    private static final int MAX_REPORTED = 100;
    /** How much of a long line is shown on either side of a problem: JSON has often no line breaks. */
    private static final int CONTEXT_CHARS = 60;

    /** What was tolerated, each with its place. */
    List<String> warnings() {
        return tolerated.stream()
                .map(odd -> fileName + ":" + odd.line() + ":" + odd.column() + ": " + odd.message()).toList();
    }

    /** One text with every problem: its place, what is wrong, the line of the file and a caret under the place. */
    String describe(String modelName, List<ConfigProblem> problems) {
        StringBuilder out = new StringBuilder("model configuration of '").append(modelName).append("' has ")
                .append(problems.size()).append(problems.size() == 1 ? " problem:" : " problems:");
        for (ConfigProblem problem : problems.subList(0, Math.min(problems.size(), MAX_REPORTED))) {
            out.append('\n').append(fileName).append(':');
            if (problem.line() > 0) {
                out.append(problem.line()).append(':').append(problem.column()).append(':');
            }
            out.append(' ').append(problem.message());
            String line = line(problem.line());
            if (line != null) {
                appendSnippet(out, line, problem.column());
            }
        }
        if (problems.size() > MAX_REPORTED) {
            out.append("\n... and ").append(problems.size() - MAX_REPORTED).append(" more");
        }
        return out.toString();
    }

    private static void appendSnippet(StringBuilder out, String line, int column) {
        boolean whole = line.length() <= 3 * CONTEXT_CHARS;
        int start = whole ? 0 : Math.clamp(column - 1L - CONTEXT_CHARS, 0, line.length());
        int end = whole ? line.length() : Math.clamp(column - 1L + CONTEXT_CHARS, 0, line.length());
        String before = start == 0 ? "" : "...";
        String shown = before + line.substring(start, end) + (end == line.length() ? "" : "...");
        out.append("\n    ").append(shown).append("\n    ")
                .append(indent(shown, column - start + before.length())).append('^');
    }

    private @Nullable String line(int number) {
        int start = 0;
        for (int n = 1; n < number; n++) {
            start = text.indexOf('\n', start) + 1;
        }
        if (number == 0 || start >= text.length()) {
            return null;
        }
        int end = text.indexOf('\n', start);
        return text.substring(start, end < 0 ? text.length() : end).stripTrailing();
    }

    /** Blanks up to the column; tabs stay tabs, so that the caret stands under its character in any terminal. */
    private static String indent(String line, int column) {
        StringBuilder blanks = new StringBuilder();
        for (int i = 0; i < column - 1; i++) {
            blanks.append(i < line.length() && line.charAt(i) == '\t' ? '\t' : ' ');
        }
        return blanks.toString();
    }
}
