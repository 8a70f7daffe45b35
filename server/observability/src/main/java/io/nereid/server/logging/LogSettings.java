package io.nereid.server.logging;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The logging extension: what the process logs, to be read and changed while it runs. Names, codes and texts are
 * Triton's (docs/compatibility.md). Thread-safe.
 */
public final class LogSettings {
    /** The names of the settings on the wire. */
    public static final String FILE = "log_file";
    public static final String INFO = "log_info";
    public static final String WARNING = "log_warning";
    public static final String ERROR = "log_error";
    public static final String VERBOSE = "log_verbose_level";
    public static final String FORMAT = "log_format";

    private static final Logger LOG = LoggerFactory.getLogger(LogSettings.class);

    private final LoggingConfig atStart;
    private final Optional<ServerLog> log;

    /**
     * The settings of a log.
     *
     * @param atStart what is shown where the log is not ours
     * @param log empty where the program that embeds the server brings its own
     */
    public LogSettings(LoggingConfig atStart, Optional<ServerLog> log) {
        this.atStart = atStart;
        this.log = log;
    }

    /** What holds. */
    public LoggingConfig current() {
        return log.map(ServerLog::settings).orElse(atStart);
    }

    /**
     * Changes settings and says what holds then.
     *
     * @throws InferenceException UNSUPPORTED where the log is another library's
     */
    public LoggingConfig update(UnaryOperator<LoggingConfig> change) throws InferenceException {
        ServerLog ours = log.orElseThrow(() -> new InferenceException(ErrorCode.UNSUPPORTED,
                "the log of this process is not the server's: change the settings of the program that embeds it"));
        LoggingConfig before = ours.settings();
        LoggingConfig after = ours.update(change);
        if (!after.equals(before)) {
            LOG.info("log settings changed by a client: info {}, warning {}, error {}, verbose {}, format {}",
                    after.info(), after.warning(), after.error(), after.verbose(), after.format().word());
        }
        return after;
    }

    /** The error of a client that would like to have another file. */
    public static InferenceException fileIsFixed() {
        return new InferenceException(ErrorCode.UNSUPPORTED,
                "log file location can not be updated through network protocol");
    }

    /**
     * The format of that name.
     *
     * @param what what the setting is called, for the text
     * @throws InferenceException with {@code code} if there is none
     */
    public static LoggingConfig.Format format(String what, String word, ErrorCode code) throws InferenceException {
        return LoggingConfig.Format.named(word).orElseThrow(() -> new InferenceException(code,
                "invalid argument for " + what + ", got: " + word));
    }
}
