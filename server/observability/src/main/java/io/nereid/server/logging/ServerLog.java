package io.nereid.server.logging;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;

/**
 * Where all loggers of a process write, and what of it is written; every setting but the file may change at any time.
 * Thread-safe: an event is written whole, by one call of the system, on the thread that logs it.
 */
@SuppressWarnings("ReferenceEquality") // the very stream
public final class ServerLog {
    private final InstantSource clock;
    private final LineHead head;
    private final OutputStream standardError;
    private volatile LoggingConfig settings = LoggingConfig.DEFAULT;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private OutputStream out;

    /** A log that writes to {@code standardError} until it is configured. */
    ServerLog(InstantSource clock, long pid, OutputStream standardError) {
        this.clock = clock;
        this.head = new LineHead(pid);
        this.standardError = standardError;
        this.out = standardError;
    }

    /** The log of this process; empty where another library writes it, as in a program that embeds the server. */
    public static Optional<ServerLog> ofProcess() {
        return LoggerFactory.getILoggerFactory() instanceof ServerLoggers ours ? Optional.of(ours.log())
                : Optional.empty();
    }

    /** What is written, and how. */
    public LoggingConfig settings() {
        return settings;
    }

    /**
     * Takes over all settings, the file included, which is appended to.
     *
     * @throws IOException if the file cannot be opened; nothing has changed then
     */
    public void configure(LoggingConfig config) throws IOException {
        Optional<Path> file = config.file();
        OutputStream next = file.isPresent() ? new FileOutputStream(file.get().toFile(), true) : standardError;
        OutputStream last;
        lock.lock();
        try {
            last = out;
            out = next;
            settings = config;
        } finally {
            lock.unlock();
        }
        if (last != standardError) {
            last.close();
        }
    }

    /** Changes settings, of which the file stays as it is. */
    public LoggingConfig update(UnaryOperator<LoggingConfig> change) {
        lock.lock();
        try {
            LoggingConfig changed = change.apply(settings);
            if (!changed.file().equals(settings.file())) {
                throw new IllegalArgumentException("file: got " + changed.file() + " (expected " + settings.file()
                        + ", the file cannot change)");
            }
            settings = changed;
            return changed;
        } finally {
            lock.unlock();
        }
    }

    /** Writes one event. What cannot be written goes to standard error; if that fails too, it is lost. */
    void write(Severity severity, String place, String message, @Nullable Throwable thrown) {
        StringBuilder line = new StringBuilder(message.length() + 64);
        head.append(line, settings.format(), now(), severity, place);
        line.append(message);
        if (thrown != null) {
            line.append(LogText.of(thrown));
        }
        byte[] bytes = line.append('\n').toString().getBytes(StandardCharsets.UTF_8);
        lock.lock();
        try {
            if (!isWritten(bytes, out) && out != standardError) {
                isWritten(bytes, standardError);
            }
        } finally {
            lock.unlock();
        }
    }

    private Instant now() {
        return clock.instant();
    }

    private static boolean isWritten(byte[] bytes, OutputStream to) {
        try {
            to.write(bytes);
            to.flush();
            return true;
        } catch (IOException _) { // a full disk
            return false;
        }
    }
}
