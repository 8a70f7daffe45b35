package io.nereid.server.logging;

import io.nereid.server.config.Require;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What the process logs, and where. Each of information, warnings, errors and details is a switch of its own.
 *
 * @param verbose 0 for nothing beyond information, 1 for details, 2 for more of them, 3 for those of libraries too
 * @param info log information
 * @param warning log warnings
 * @param error log errors
 * @param format how a line begins
 * @param file the file to append to; absent for standard error
 * @param accessLog the file that gets a line for each inference request, {@code -} for standard output; absent for
 *     none. Unlike the rest it is the server's own matter, also in a program that embeds it
 */
public record LoggingConfig(
        int verbose,
        boolean info,
        boolean warning,
        boolean error,
        Format format,
        Optional<Path> file,
        Optional<String> accessLog) {

    /** How a log line begins. */
    public enum Format {
        /** Triton's own: the level, month and day, the time. */
        DEFAULT("default"),
        /** ISO 8601, for whoever collects logs. */
        ISO8601("ISO8601");

        private final String word;

        Format(String word) {
            this.word = word;
        }

        /** Its name in flags and protocols. */
        public String word() {
            return word;
        }

        /** The format of that name, if there is one. */
        public static Optional<Format> named(String word) {
            for (Format format : values()) {
                if (format.word.equals(word)) {
                    return Optional.of(format);
                }
            }
            return Optional.empty();
        }
    }

    /** Information, warnings and errors on standard error. */
    public static final LoggingConfig DEFAULT = new LoggingConfig(0, true, true, true, Format.DEFAULT,
            Optional.empty(), Optional.empty());

    public LoggingConfig {
        Require.that(verbose >= 0, "verbose: got %d (expected 0 or more)", verbose);
    }

    public LoggingConfig withVerbose(int newVerbose) {
        return new LoggingConfig(newVerbose, info, warning, error, format, file, accessLog);
    }

    public LoggingConfig withInfo(boolean newInfo) {
        return new LoggingConfig(verbose, newInfo, warning, error, format, file, accessLog);
    }

    public LoggingConfig withWarning(boolean newWarning) {
        return new LoggingConfig(verbose, info, newWarning, error, format, file, accessLog);
    }

    public LoggingConfig withError(boolean newError) {
        return new LoggingConfig(verbose, info, warning, newError, format, file, accessLog);
    }

    public LoggingConfig withFormat(Format newFormat) {
        return new LoggingConfig(verbose, info, warning, error, newFormat, file, accessLog);
    }

    public LoggingConfig withFile(Optional<Path> newFile) {
        return new LoggingConfig(verbose, info, warning, error, format, newFile, accessLog);
    }

    public LoggingConfig withAccessLog(Optional<String> newAccessLog) {
        return new LoggingConfig(verbose, info, warning, error, format, file, newAccessLog);
    }
}
