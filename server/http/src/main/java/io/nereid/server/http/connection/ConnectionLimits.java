package io.nereid.server.http.connection;

import java.time.Duration;

/**
 * What one connection may take from the server.
 *
 * @param maxHeadBytes bytes of all header lines of a request together
 * @param maxBodyBytes bytes of a request's body, as sent
 * @param idleTimeout how long a connection may stay open between two requests
 * @param headTimeout how long a request's head may take to arrive
 * @param bodyTimeout how long a body may stand still, on its way in or out, before the request is cancelled
 */
public record ConnectionLimits(int maxHeadBytes, long maxBodyBytes, Duration idleTimeout, Duration headTimeout,
        Duration bodyTimeout) {
    /** 64 KiB of head, 2 GiB of body, 10 minutes between requests, 20 seconds for a head, 30 for a stalled body. */
    public static final ConnectionLimits DEFAULT = new ConnectionLimits(64 << 10, Integer.MAX_VALUE,
            Duration.ofMinutes(10),
            Duration.ofSeconds(20), Duration.ofSeconds(30));
}
