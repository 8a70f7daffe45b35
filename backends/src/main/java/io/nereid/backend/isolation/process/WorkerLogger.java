package io.nereid.backend.isolation.process;

import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

import java.io.Serial;

/** Prints warnings and errors, one line each, onto this process's errors. Thread-safe. */
final class WorkerLogger extends LegacyAbstractLogger {
    @Serial
    private static final long serialVersionUID = 1L;

    WorkerLogger(String name) {
        this.name = name;
    }

    @Override
    protected void handleNormalizedLoggingCall(Level level, @Nullable Marker marker, @Nullable String message,
            @Nullable Object @Nullable [] arguments, @Nullable Throwable thrown) {
        String text = MessageFormatter.basicArrayFormat(message, arguments);
        System.err.println(level + " " + text + (thrown == null ? "" : ": " + thrown));
    }

    @Override
    protected @Nullable String getFullyQualifiedCallerName() {
        return null;
    }

    @Override
    public boolean isTraceEnabled() {
        return false;
    }

    @Override
    public boolean isDebugEnabled() {
        return false;
    }

    /** What the server says of the same model is said by itself. */
    @Override
    public boolean isInfoEnabled() {
        return false;
    }

    @Override
    public boolean isWarnEnabled() {
        return true;
    }

    @Override
    public boolean isErrorEnabled() {
        return true;
    }
}
