package io.nereid.server.transport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How many files and connections this process may have open at a time. */
public final class OpenFiles {
    private static final Path LIMITS = Path.of("/proc/self/limits");
    private static final Pattern SOFT_LIMIT = Pattern.compile("Max open files\\s+(\\d{1,18})\\s.*");

    private OpenFiles() {}

    /** The limit that holds now, {@code ulimit -n}; absent where there is none, or the system does not say. */
    public static OptionalLong limit() {
        try {
            return limit(Files.readAllLines(LIMITS));
        } catch (IOException _) { // not a Linux
            return OptionalLong.empty();
        }
    }

    /** The limit in the lines of {@code /proc/self/limits}. */
    static OptionalLong limit(List<String> lines) {
        return lines.stream().map(SOFT_LIMIT::matcher).filter(Matcher::matches)
                .mapToLong(line -> Long.parseLong(line.group(1))).findFirst();
    }
}
