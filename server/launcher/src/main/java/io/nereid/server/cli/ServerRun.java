package io.nereid.server.cli;

import io.nereid.server.ServerConfig;
import io.nereid.server.StartException;
import io.nereid.server.observation.MultiLine;
import io.nereid.server.signals.StopSignal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.PrintStream;
import java.util.List;
import java.util.function.Supplier;

/** One life of a server process: start, say what is served, wait for the signal, drain, end. */
final class ServerRun {
    /** Everything went as asked. */
    static final int CLEAN = 0;

    /** The server did not start, or did not end in time. */
    static final int FAILED = 1;

    private final StartedServer.Starter starter;
    private final Supplier<StopSignal> stopSignal;
    private final PrintStream err;

    /**
     * Prepares a run.
     *
     * @param err where a failed start is explained, in one line
     */
    ServerRun(StartedServer.Starter starter, Supplier<StopSignal> stopSignal, PrintStream err) {
        this.starter = starter;
        this.stopSignal = stopSignal;
        this.err = err;
    }

    /**
     * Blocks until the server has ended. The logging must be set up.
     *
     * @param warnings to be logged first
     * @return the exit code of the process
     */
    int run(ServerConfig config, List<String> warnings) throws InterruptedException {
        Logger log = LoggerFactory.getLogger(ServerRun.class);
        warnings.forEach(log::warn);
        StartedServer server;
        try {
            server = starter.start(config);
        } catch (StartException e) {
            log.debug("The start failed", e);
            err.println("nereid: " + e.getMessage());
            return FAILED;
        } catch (RuntimeException | Error e) { // an internal error: the process ends all the same, for someone to start it again
            log.error("The start failed", e);
            return FAILED;
        }
        StopSignal signal = stopSignal.get();
        log.info("Models{}", below(StartupReport.models(server.models())));
        log.info("Options{}", below(StartupReport.options(config)));
        server.endpoints().forEach(endpoint -> log.info("Started {} at {}:{}", endpoint.service(), endpoint.address(),
                endpoint.port()));
        return stop(server, config, signal, log);
    }

    private static MultiLine below(String table) {
        return new MultiLine("\n" + table);
    }

    private int stop(StartedServer server, ServerConfig config, StopSignal signal, Logger log)
            throws InterruptedException {
        String name = signal.await();
        if (config.drainGrace().isPositive()) {
            log.info(
                    "{} received. Not ready from now on; what still arrives is served for {} seconds, or until the next"
                            + " signal.",
                    name, config.drainGrace().toSeconds());
            server.beginDrain();
        }
        boolean again = signal.awaitAgain(config.drainGrace());
        log.info("{} Waiting for in-flight requests to complete, up to {} seconds.",
                again ? "Another signal."
                        : config.drainGrace().isPositive() ? "The grace is over." : name + " received.",
                config.exitTimeout().toSeconds());
        if (!server.stop(config.exitTimeout())) {
            log.error("Exit timeout expired. Exiting immediately.");
            return FAILED;
        }
        log.info("Stopped.");
        return CLEAN;
    }
}
