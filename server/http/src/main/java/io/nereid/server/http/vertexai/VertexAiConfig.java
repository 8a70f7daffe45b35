package io.nereid.server.http.vertexai;

import io.nereid.server.config.Require;
import io.nereid.server.http.HttpConfig;

/**
 * The port that Vertex AI asks.
 *
 * @param address host name or IP address to listen on; the platform asks from outside the container
 * @param port port to listen on; 0 lets the system choose one
 * @param threads event-loop threads
 * @param predictRoute the path of requests; a server with an empty one does not start
 * @param healthRoute the path that says whether the server is ready; a server with an empty one does not start
 * @param defaultModel the model that requests without a redirection are for; empty for the only one that is ready after
 *     the start
 */
public record VertexAiConfig(String address, int port, int threads, String predictRoute, String healthRoute,
        String defaultModel) {
    /** All addresses, port 8080, and still without its routes. */
    public static final VertexAiConfig DEFAULT = new VertexAiConfig("0.0.0.0", 8080, HttpConfig.DEFAULT_THREADS, "",
            "", "");

    public VertexAiConfig {
        Require.that(!address.isBlank(), "address: got '%s' (expected a host name or an IP address)", address);
        Require.that(port >= 0 && port <= 65535, "port: got %d (expected 0 to 65535)", port);
        Require.that(threads >= 1, "threads: got %d (expected 1 or more)", threads);
    }

    public VertexAiConfig withAddress(String newAddress) {
        return new VertexAiConfig(newAddress, port, threads, predictRoute, healthRoute, defaultModel);
    }

    public VertexAiConfig withPort(int newPort) {
        return new VertexAiConfig(address, newPort, threads, predictRoute, healthRoute, defaultModel);
    }

    public VertexAiConfig withThreads(int newThreads) {
        return new VertexAiConfig(address, port, newThreads, predictRoute, healthRoute, defaultModel);
    }

    /** With the paths of requests and of health. */
    public VertexAiConfig withRoutes(String predict, String health) {
        return new VertexAiConfig(address, port, threads, predict, health, defaultModel);
    }

    public VertexAiConfig withDefaultModel(String model) {
        return new VertexAiConfig(address, port, threads, predictRoute, healthRoute, model);
    }
}
