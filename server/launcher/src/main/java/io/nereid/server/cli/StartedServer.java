package io.nereid.server.cli;

import io.nereid.server.ServerConfig;
import io.nereid.server.StartException;

import java.time.Duration;
import java.util.List;

/** What the command line needs of a server that runs: what to print about it, and how to stop it. */
public interface StartedServer {

    /** Every version of every known model, in the order to print. */
    List<ModelStatus> models();

    /** What listens and where, in the order to print. */
    List<Endpoint> endpoints();

    /**
     * Says that it is not ready, asks its clients to go elsewhere, and serves on. Called at most once, before {@link
     * #stop}.
     */
    void beginDrain();

    /**
     * Stops taking requests, waits for those in flight, frees everything. Called once.
     *
     * @param timeout how long to wait for the requests in flight; zero waits for none
     * @return whether all of them were answered in time; when false the process may exit at once
     */
    boolean stop(Duration timeout) throws InterruptedException;

    /**
     * One row of the model table.
     *
     * @param version the version's number, or {@code -} for a model without one
     * @param reason why the version is not ready; empty when it is
     */
    record ModelStatus(String name, String version, boolean ready, String reason) {}

    /** A service such as {@code HTTPService}, and the address and port it listens on. */
    record Endpoint(String service, String address, int port) {}

    /** How a server is started; blocks until every model is loaded or has failed to. */
    @FunctionalInterface
    interface Starter {

        /**
         * Starts one.
         *
         * @throws StartException where nothing can be served: a busy port, an unreadable repository, a failed model
         */
        StartedServer start(ServerConfig config) throws StartException, InterruptedException;
    }
}
