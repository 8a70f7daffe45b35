package io.nereid.server.logging;

import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;

import java.util.List;

/**
 * One logger: asks the log's settings whether an event is wanted, and writes it there. Thread-safe.
 *
 * <p>{@code debug} is what {@code --log-verbose=1} asks for, {@code trace} what 2 does. Libraries are quieter by one
 * step; what gRPC reports below errors, as every client that goes away in the middle, with a stack trace, is a detail.
 */
final class ServerLogger extends LegacyAbstractLogger {
    private static final long serialVersionUID = 1;
    private static final String OURS = "io.nereid.";
    private static final String GRPC = "io.grpc.";
    /** In detail they log the headers of requests to object stores: credentials are among them. */
    private static final List<String> SECRETIVE = List.of("software.amazon.", "com.google.");
    private static final int NEVER = 1 << 20;

    private final transient ServerLog log;
    private final transient String place;
    private final transient int libraryStep;
    private final transient int minVerboseForWarnings;

    ServerLogger(String name, ServerLog log) {
        this.name = name;
        this.log = log;
        this.place = LogText.escaped(name.substring(name.lastIndexOf('.') + 1));
        this.libraryStep = name.startsWith(OURS) ? 0 : SECRETIVE.stream().anyMatch(name::startsWith) ? NEVER : 1;
        this.minVerboseForWarnings = name.startsWith(GRPC) ? 1 : 0;
    }

    @Override
    public boolean isTraceEnabled() {
        return settings().verbose() >= 2 + libraryStep;
    }

    @Override
    public boolean isDebugEnabled() {
        return settings().verbose() >= 1 + libraryStep;
    }

    @Override
    public boolean isInfoEnabled() {
        return settings().info() && settings().verbose() >= minVerboseForWarnings;
    }

    @Override
    public boolean isWarnEnabled() {
        return settings().warning() && settings().verbose() >= minVerboseForWarnings;
    }

    @Override
    public boolean isErrorEnabled() {
        return settings().error();
    }

    private LoggingConfig settings() {
        return log.settings();
    }

    @Override
    protected @Nullable String getFullyQualifiedCallerName() {
        return null;
    }

    @Override
    protected void handleNormalizedLoggingCall(Level level, @Nullable Marker marker, @Nullable String pattern,
            @Nullable Object @Nullable [] arguments, @Nullable Throwable thrown) {
        log.write(severity(level), place, LogText.of(pattern, arguments), thrown);
    }

    private static Severity severity(Level level) {
        return switch (level) {
            case ERROR -> Severity.ERROR;
            case WARN -> Severity.WARNING;
            case INFO -> Severity.INFO;
            case DEBUG, TRACE -> Severity.VERBOSE;
        };
    }
}
