package io.nereid.server.logging;

import org.slf4j.ILoggerFactory;
import org.slf4j.Logger;

import java.util.concurrent.ConcurrentHashMap;

/** The loggers of a process by their names, all of one log. Thread-safe. */
final class ServerLoggers implements ILoggerFactory {
    private final ServerLog log;
    private final ConcurrentHashMap<String, Logger> loggers = new ConcurrentHashMap<>();

    ServerLoggers(ServerLog log) {
        this.log = log;
    }

    ServerLog log() {
        return log;
    }

    @Override
    public Logger getLogger(String name) {
        return loggers.computeIfAbsent(name, made -> new ServerLogger(made, log));
    }
}
