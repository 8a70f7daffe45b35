package io.nereid.server.cli;

import io.nereid.server.LoggingConfig;
import org.slf4j.bridge.SLF4JBridgeHandler;

import java.nio.file.Path;
import java.util.Locale;

/**
 * Sets up the log of the process. Must run before the first logger is made: slf4j-simple reads its settings once, from
 * system properties. A property that was given to the JVM wins.
 */
final class Logging {
    private static final String PREFIX = "org.slf4j.simpleLogger.";

    private Logging() {}

    static void configure(LoggingConfig config) {
        String level = config.threshold().name().toLowerCase(Locale.ROOT);
        set("defaultLogLevel", level);
        set("logFile", config.file().map(Path::toString).orElse("System.err"));
        set("showDateTime", "true");
        set("dateTimeFormat", config.format() == LoggingConfig.Format.ISO8601 ? "yyyy-MM-dd'T'HH:mm:ss.SSSXXX"
                : "MMdd HH:mm:ss.SSS");
        set("showThreadName", "false");
        set("showShortLogName", "true");
        // Netty tells at debug level how it was set up; that is not what --log-verbose=1 asks for.
        set("log.io.netty", config.threshold() == LoggingConfig.Level.DEBUG ? "info" : level);
        // gRPC warns, with a stack trace, of every client that goes away in the middle: for who asks for details.
        set("log.io.grpc", config.threshold().compareTo(LoggingConfig.Level.INFO) >= 0 ? "error" : level);
        // In detail it tells the headers of requests, and a session token is one of them.
        set("log.software.amazon", "warn");
        // It logs by java.util.logging: into the same log, in the same form.
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
    }

    private static void set(String name, String value) {
        if (System.getProperty(PREFIX + name) == null) {
            System.setProperty(PREFIX + name, value);
        }
    }
}
