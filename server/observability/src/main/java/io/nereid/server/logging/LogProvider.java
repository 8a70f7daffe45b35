package io.nereid.server.logging;

import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.NOPMDCAdapter;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

import java.time.InstantSource;

/**
 * The log of the program {@code nereid} as SLF4J loads it. It is no service that SLF4J would find by itself, since a
 * program that embeds the server brings its own: whoever wants it says so by the system property {@link #PROPERTY}.
 */
public final class LogProvider implements SLF4JServiceProvider {
    /** The system property by which SLF4J finds the provider to load; must be set before the first logger is made. */
    public static final String PROPERTY = "slf4j.provider";
    private static final String API_VERSION = "2.0.99";

    private final IMarkerFactory markers = new BasicMarkerFactory();
    private final MDCAdapter context = new NOPMDCAdapter();
    private @Nullable ServerLoggers loggers;

    /** Called by SLF4J. */
    public LogProvider() {}

    @Override
    public @Nullable ILoggerFactory getLoggerFactory() {
        return loggers;
    }

    @Override
    public IMarkerFactory getMarkerFactory() {
        return markers;
    }

    @Override
    public MDCAdapter getMDCAdapter() {
        return context;
    }

    @Override
    public String getRequestedApiVersion() {
        return API_VERSION;
    }

    @Override
    public void initialize() {
        loggers = new ServerLoggers(new ServerLog(InstantSource.system(), ProcessHandle.current().pid(), System.err));
    }
}
