package io.nereid.server.http;

import io.nereid.server.config.Require;

import java.time.Duration;

/**
 * What one HTTP connection may ask of the server. Triton has the first limit only; the others keep a stalled or greedy
 * client from holding memory or a connection for ever (docs/compatibility.md).
 *
 * @param maxInputBytes largest JSON head, JSON tensor, raw body or decompressed body, over gRPC too. Binary tensors
 *     behind a JSON head
 *        are not counted
 * @param maxBodyBytes largest body of a request, as sent; it bounds what one connection holds in memory
 * @param maxConnections connections at a time; one more gets 503 and is closed
 * @param idleTimeout a connection that asks nothing for this long is closed
 * @param headTimeout a connection whose request line and headers take longer than this to arrive is closed
 * @param bodyTimeout a request whose body is not complete after this long is refused; a body that keeps coming gets
 *        more time as it comes. The same holds for a client that takes its answer
 */
public record HttpLimits(
        long maxInputBytes,
        long maxBodyBytes,
        int maxConnections,
        Duration idleTimeout,
        Duration headTimeout,
        Duration bodyTimeout) {

    /**
     * 64 MiB of JSON as in Triton, 2 GiB of body, 16,384 connections, ten minutes idle, 20 seconds for a head, 30 for a
     * stalled body.
     */
    public static final HttpLimits DEFAULT = new HttpLimits(64L << 20, Integer.MAX_VALUE, 16_384,
            Duration.ofMinutes(10),
            Duration.ofSeconds(20), Duration.ofSeconds(30));

    public HttpLimits {
        Require.that(maxInputBytes >= 1, "maxInputBytes: got %d (expected 1 or more)", maxInputBytes);
        Require.that(maxBodyBytes >= 1, "maxBodyBytes: got %d (expected 1 or more)", maxBodyBytes);
        Require.that(maxConnections >= 1, "maxConnections: got %d (expected 1 or more)", maxConnections);
        Require.that(idleTimeout.isPositive(), "idleTimeout: got %s (expected more than zero)", idleTimeout);
        Require.that(headTimeout.isPositive(), "headTimeout: got %s (expected more than zero)", headTimeout);
        Require.that(bodyTimeout.isPositive(), "bodyTimeout: got %s (expected more than zero)", bodyTimeout);
    }

    public HttpLimits withMaxInputBytes(long bytes) {
        return new HttpLimits(bytes, maxBodyBytes, maxConnections, idleTimeout, headTimeout, bodyTimeout);
    }

    public HttpLimits withMaxBodyBytes(long bytes) {
        return new HttpLimits(maxInputBytes, bytes, maxConnections, idleTimeout, headTimeout, bodyTimeout);
    }

    public HttpLimits withMaxConnections(int connections) {
        return new HttpLimits(maxInputBytes, maxBodyBytes, connections, idleTimeout, headTimeout, bodyTimeout);
    }

    public HttpLimits withIdleTimeout(Duration timeout) {
        return new HttpLimits(maxInputBytes, maxBodyBytes, maxConnections, timeout, headTimeout, bodyTimeout);
    }

    public HttpLimits withHeadTimeout(Duration timeout) {
        return new HttpLimits(maxInputBytes, maxBodyBytes, maxConnections, idleTimeout, timeout, bodyTimeout);
    }

    public HttpLimits withBodyTimeout(Duration timeout) {
        return new HttpLimits(maxInputBytes, maxBodyBytes, maxConnections, idleTimeout, headTimeout, timeout);
    }
}
