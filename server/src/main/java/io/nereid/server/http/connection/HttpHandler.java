package io.nereid.server.http.connection;

/** Answers requests. Called on event loops, for one connection never twice at a time. */
@FunctionalInterface
public interface HttpHandler {
    /**
     * Takes a request that has arrived whole and sees to it that it gets a reply, now or later, from any thread. Must not
     * block. What it throws becomes a 500.
     */
    void handle(HttpExchange exchange);
}
