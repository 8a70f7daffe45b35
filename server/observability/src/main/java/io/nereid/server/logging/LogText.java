package io.nereid.server.logging;

import io.nereid.server.observation.MultiLine;
import org.jspecify.annotations.Nullable;
import org.slf4j.helpers.MessageFormatter;

import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * Makes the text of an event, which nothing that comes from outside can break out of: control characters and line ends
 * are escaped, in the message and in each argument, but for those of a {@link MultiLine}.
 */
final class LogText {
    private static final String INDENT = "\n    ";

    private LogText() {}

    /** The message with its arguments. */
    static String of(@Nullable String pattern, @Nullable Object @Nullable [] arguments) {
        String safe = escaped(String.valueOf(pattern));
        if (arguments == null || arguments.length == 0) {
            return safe;
        }
        Object[] shown = new Object[arguments.length];
        for (int i = 0; i < arguments.length; i++) {
            shown[i] = arguments[i] instanceof MultiLine lines ? indented(lines.text()) : escaped(text(arguments[i]));
        }
        return String.valueOf(MessageFormatter.basicArrayFormat(safe, shown));
    }

    private static String text(@Nullable Object argument) {
        try {
            return String.valueOf(argument);
        } catch (RuntimeException e) { // a toString that fails must not cost the event
            return "[" + e.getClass().getName() + " in toString]";
        }
    }

    /** The stack trace, each line of it indented; begins with a line end. */
    static String of(Throwable thrown) {
        StringWriter trace = new StringWriter();
        thrown.printStackTrace(new PrintWriter(trace));
        return INDENT + indented(trace.toString().stripTrailing());
    }

    private static String indented(String lines) {
        StringBuilder all = new StringBuilder(lines.length() + 64);
        boolean first = true;
        for (String line : lines.lines().toList()) {
            all.append(first ? "" : INDENT).append(escaped(line));
            first = false;
        }
        return all.toString();
    }

    /** Without anything that begins a line or moves a terminal's cursor; tabs stay. */
    static String escaped(String text) {
        int plain = 0;
        while (plain < text.length() && isPlain(text.charAt(plain))) {
            plain++;
        }
        if (plain == text.length()) {
            return text;
        }
        StringBuilder safe = new StringBuilder(text.length() + 16).append(text, 0, plain);
        for (int i = plain; i < text.length(); i++) {
            append(safe, text.charAt(i));
        }
        return safe.toString();
    }

    private static void append(StringBuilder safe, char character) {
        switch (character) {
            case '\n' -> safe.append("\\n");
            case '\r' -> safe.append("\\r");
            default -> {
                if (isPlain(character)) {
                    safe.append(character);
                } else {
                    safe.append("\\u").append(String.format("%04x", (int) character));
                }
            }
        }
    }

    /**
     * Control characters, and what some readers take for the end of a line or turn the direction of writing by, are
     * not.
     */
    private static boolean isPlain(char character) {
        return character == '\t' || (character >= ' ' && character < 0x7f)
                || (character > 0x9f && character != '\u2028' && character != '\u2029'
                        && !(character >= '\u202a' && character <= '\u202e')
                        && !(character >= '\u2066' && character <= '\u2069'));
    }
}
