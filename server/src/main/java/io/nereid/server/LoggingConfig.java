package io.nereid.server;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What the process logs, and where.
 *
 * @param verbose 0 for nothing beyond information, 1 for details, 2 and more for everything
 * @param info log information
 * @param warning log warnings
 * @param error log errors
 * @param format how a line begins
 * @param file the file to append to; absent for standard error
 */
public record LoggingConfig(
        int verbose,
        boolean info,
        boolean warning,
        boolean error,
        Format format,
        Optional<Path> file) {

    /** How the time at the beginning of a log line is written. */
    public enum Format {
        /** Local time, for a person at a terminal. */
        DEFAULT,
        /** ISO 8601 with the offset from UTC, for whoever collects logs. */
        ISO8601
    }

    /** Information, warnings and errors on standard error. */
    public static final LoggingConfig DEFAULT = new LoggingConfig(0, true, true, true, Format.DEFAULT,
            Optional.empty());

    public LoggingConfig {
        Require.that(verbose >= 0, "verbose: got %d (expected 0 or more)", verbose);
    }

    /**
     * The lowest level that is logged: the levels are one ladder, so switching off one that is above another which is on
     * has no effect.
     */
    public Level threshold() {
        if (verbose > 1) {
            return Level.TRACE;
        }
        if (verbose == 1) {
            return Level.DEBUG;
        }
        if (info) {
            return Level.INFO;
        }
        return warning ? Level.WARN : error ? Level.ERROR : Level.OFF;
    }

    /** The steps of the ladder, from everything to nothing. */
    public enum Level {
        TRACE,
        DEBUG,
        INFO,
        WARN,
        ERROR,
        OFF
    }
}
