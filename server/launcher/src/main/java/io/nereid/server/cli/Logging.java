package io.nereid.server.cli;

import io.nereid.server.config.UsageException;
import io.nereid.server.logging.LogProvider;
import io.nereid.server.logging.LoggingConfig;
import io.nereid.server.logging.ServerLog;
import org.slf4j.bridge.SLF4JBridgeHandler;

import java.io.IOException;
import java.util.Optional;

/**
 * Sets up the log of the process. Must run before the first logger is made: SLF4J looks for its provider once. A
 * provider that was given to the JVM by its property wins, and these settings then have no effect.
 */
final class Logging {
    private Logging() {}

    /** @throws UsageException if the log file cannot be opened */
    static void configure(LoggingConfig config) throws UsageException {
        if (System.getProperty(LogProvider.PROPERTY) == null) {
            System.setProperty(LogProvider.PROPERTY, LogProvider.class.getName());
            // SLF4J would say on standard error, in a form of its own, that it does so.
            System.setProperty("slf4j.internal.verbosity", "WARN");
        }
        Optional<ServerLog> log = ServerLog.ofProcess();
        if (log.isPresent()) {
            try {
                log.get().configure(config);
            } catch (IOException e) {
                throw new UsageException("--log-file=%s: cannot be written: %s".formatted(config.file().orElseThrow(),
                        e.getMessage()));
            }
        }
        // Beside the rest of the start: java.util.logging looks into every jar for a service when it is first used.
        Thread.ofPlatform().daemon().name("log-bridge").start(Logging::bridge);
    }

    /** gRPC and OpenTelemetry log by java.util.logging: into the same log, in the same form. */
    private static void bridge() {
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
    }
}
