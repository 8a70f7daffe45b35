package io.nereid.server;

import io.nereid.inference.NanoClock;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.logging.AccessLog;
import io.nereid.server.logging.LogSettings;
import io.nereid.server.logging.ServerLog;
import io.nereid.server.observation.Observers;
import io.nereid.server.telemetry.RequestObservers;
import io.nereid.server.telemetry.SlowestRequests;
import io.nereid.server.tracing.TraceFile;
import io.nereid.server.tracing.TraceSink;
import io.nereid.server.tracing.Tracing;
import io.nereid.server.tracing.TracingConfig;
import io.nereid.server.tracing.opentelemetry.OpenTelemetryExport;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.InstantSource;

/**
 * What one server reports of its requests beside the answers: the log settings, the access log, traces, and the slowest
 * requests.
 */
final class Telemetry implements AutoCloseable {
    private final LogSettings logging;
    private final Tracing tracing;
    private final @Nullable AccessLog accessLog;
    private final SlowestRequests slowest = new SlowestRequests(NanoClock.SYSTEM);
    private final Observers observers;

    private Telemetry(ServerConfig config, Ledger ledger, @Nullable AccessLog accessLog) {
        this.logging = new LogSettings(config.logging(), ServerLog.ofProcess());
        this.tracing = new Tracing(config.tracing(), sink(config.tracing()));
        this.accessLog = accessLog;
        this.observers = new RequestObservers(tracing, ledger.detached(), accessLog, slowest, NanoClock.SYSTEM,
                InstantSource.system());
    }

    /**
     * As configured.
     *
     * @param ledger what the memory of traces is charged to
     * @throws StartException if the access log cannot be opened
     */
    static Telemetry start(ServerConfig config, Ledger ledger) throws StartException {
        try {
            String target = config.logging().accessLog().orElse("");
            return new Telemetry(config, ledger, target.isEmpty() ? null : AccessLog.open(target));
        } catch (IOException e) {
            throw new StartException("the access log cannot be opened: " + e.getMessage(), e);
        }
    }

    /** OpenTelemetry's classes are loaded in that mode only. */
    private static TraceSink sink(TracingConfig config) {
        return switch (config.mode()) {
            case OPENTELEMETRY -> OpenTelemetryExport.start(config.openTelemetry());
            case TRITON -> config.file().isEmpty() ? TraceSink.NONE : new TraceFile(config.file());
        };
    }

    LogSettings logging() {
        return logging;
    }

    Tracing tracing() {
        return tracing;
    }

    Observers observers() {
        return observers;
    }

    SlowestRequests slowest() {
        return slowest;
    }

    /** Writes and sends what is finished. Blocks for as long as that takes, up to some seconds. */
    @Override
    public void close() {
        tracing.close();
        if (accessLog != null) {
            accessLog.close();
        }
    }
}
