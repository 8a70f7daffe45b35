package io.nereid.server.logging;

import io.nereid.server.config.Flag;
import io.nereid.server.config.FlagGroup;
import io.nereid.server.config.FlagValues;
import io.nereid.server.config.UsageException;
import io.nereid.server.config.ValueType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The flags of the log and the access log. Makes the {@link LoggingConfig} of them. */
public final class LoggingFlags {
    public static final Flag<Integer> LOG_VERBOSE = Flag.of(FlagGroup.LOGGING, "log-verbose", ValueType.verbosity(),
            "" + LoggingConfig.DEFAULT.verbose(),
            "0 for no details, 1 for some, 2 for more, 3 for those of libraries too.");
    public static final Flag<Boolean> LOG_INFO = Flag.of(FlagGroup.LOGGING, "log-info", ValueType.BOOL, "true",
            "Log information.");
    public static final Flag<Boolean> LOG_WARNING = Flag.of(FlagGroup.LOGGING, "log-warning", ValueType.BOOL, "true",
            "Log warnings.");
    public static final Flag<Boolean> LOG_ERROR = Flag.of(FlagGroup.LOGGING, "log-error", ValueType.BOOL, "true",
            "Log errors.");
    public static final Flag<String> LOG_FORMAT = Flag.of(FlagGroup.LOGGING, "log-format",
            ValueType.choice("default", "ISO8601"), "default",
            "How a line of the log begins.");
    public static final Flag<String> LOG_FILE = Flag.of(FlagGroup.LOGGING, "log-file", ValueType.TEXT, "",
            "File to log to; standard error when empty.");
    public static final Flag<String> ACCESS_LOG = Flag.of(FlagGroup.LOGGING, "access-log", ValueType.TEXT, "",
            "File that gets a line of JSON for each inference request, - for standard output. (Not in Triton.)");

    /** All of them, in the order of the help. */
    public static final List<Flag<?>> ALL = List.of(LOG_VERBOSE, LOG_INFO, LOG_WARNING, LOG_ERROR, LOG_FORMAT, LOG_FILE,
            ACCESS_LOG);

    private LoggingFlags() {}

    /**
     * The configuration that the flags give.
     *
     * @throws UsageException where a file cannot be written
     */
    public static LoggingConfig read(FlagValues flags) throws UsageException {
        LoggingConfig.Format format = LoggingConfig.Format.named(flags.get(LOG_FORMAT)).orElseThrow();
        return LoggingConfig.DEFAULT.withVerbose(flags.get(LOG_VERBOSE)).withInfo(flags.get(LOG_INFO))
                .withWarning(flags.get(LOG_WARNING)).withError(flags.get(LOG_ERROR)).withFormat(format)
                .withFile(file(LOG_FILE, flags.get(LOG_FILE))).withAccessLog(accessLog(flags));
    }

    private static Optional<String> accessLog(FlagValues flags) throws UsageException {
        String target = flags.get(ACCESS_LOG);
        if (!target.equals(AccessLog.STANDARD_OUTPUT)) {
            file(ACCESS_LOG, target);
        }
        return Optional.of(target).filter(text -> !text.isEmpty());
    }

    private static Optional<Path> file(Flag<String> flag, String text) throws UsageException {
        if (text.isEmpty()) {
            return Optional.empty();
        }
        Path file = Path.of(text);
        Path folder = file.toAbsolutePath().getParent();
        boolean writable = Files.exists(file) ? Files.isRegularFile(file) && Files.isWritable(file)
                : folder != null && Files.isWritable(folder);
        if (!writable) {
            throw new UsageException(
                    "%s=%s: cannot be written; give a file in a folder that this user may write"
                            .formatted(flag.option(), text));
        }
        return Optional.of(file);
    }
}
