package io.nereid.perf.report;

import java.util.ArrayList;
import java.util.List;

/** A command as one would type it again, for a report that others read: without the values of headers. */
public final class CommandLine {
    private static final String HEADER = "-H";
    private static final String HIDDEN = "...";

    private CommandLine() {}

    /** The program and its arguments. A header's value may be a password, so that only its name is kept. */
    public static String of(String program, List<String> arguments) {
        List<String> words = new ArrayList<>(List.of(program));
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (i > 0 && arguments.get(i - 1).equals(HEADER)) {
                words.add(quoted(withoutValue(argument)));
            } else if (argument.startsWith(HEADER)) {
                words.add(quoted(HEADER + withoutValue(argument.substring(HEADER.length()))));
            } else {
                words.add(quoted(argument));
            }
        }
        return String.join(" ", words);
    }

    private static String withoutValue(String header) {
        int colon = header.indexOf(':');
        return header.isEmpty() ? "" : colon < 0 ? HIDDEN : header.substring(0, colon + 1) + HIDDEN;
    }

    /** As a shell takes it for one word. */
    private static String quoted(String word) {
        return word.matches("[\\w@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
