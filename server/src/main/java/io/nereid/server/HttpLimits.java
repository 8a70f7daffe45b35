package io.nereid.server;

import java.time.Duration;

/**
 * What one HTTP connection may ask of the server. Triton has the first limit only; the others keep a stalled or greedy
 * client from holding memory or a connection for ever (docs/compatibility.md).
 *
 * @param maxInputBytes largest JSON head, JSON tensor, raw body or decompressed body. Binary tensors behind a JSON head
 *        are not counted
 * @param maxConnectionBytes how much of a connection's requests and answers may be in memory at once: a larger request
 *        is refused, and while pipelined requests hold more the connection is not read
 * @param idleTimeout a connection without a request in flight is closed after this long; zero never closes one
 * @param bodyTimeout a request whose next byte does not come for this long is given up and its connection closed; zero
 *        waits for ever
 */
public record HttpLimits(long maxInputBytes, long maxConnectionBytes, Duration idleTimeout, Duration bodyTimeout) {

    /** 64 MiB of JSON as in Triton, 1 GiB a connection, ten minutes idle, half a minute between bytes of a body. */
    public static final HttpLimits DEFAULT = new HttpLimits(64L << 20, 1L << 30, Duration.ofMinutes(10),
            Duration.ofSeconds(30));

    public HttpLimits {
        Require.that(maxInputBytes >= 1, "maxInputBytes: got %d (expected 1 or more)", maxInputBytes);
        Require.that(maxConnectionBytes >= 1, "maxConnectionBytes: got %d (expected 1 or more)", maxConnectionBytes);
        Require.that(!idleTimeout.isNegative(), "idleTimeout: got %s (expected zero or more)", idleTimeout);
        Require.that(!bodyTimeout.isNegative(), "bodyTimeout: got %s (expected zero or more)", bodyTimeout);
    }

    public HttpLimits withMaxInputBytes(long bytes) {
        return new HttpLimits(bytes, maxConnectionBytes, idleTimeout, bodyTimeout);
    }

    public HttpLimits withMaxConnectionBytes(long bytes) {
        return new HttpLimits(maxInputBytes, bytes, idleTimeout, bodyTimeout);
    }

    public HttpLimits withIdleTimeout(Duration timeout) {
        return new HttpLimits(maxInputBytes, maxConnectionBytes, timeout, bodyTimeout);
    }

    public HttpLimits withBodyTimeout(Duration timeout) {
        return new HttpLimits(maxInputBytes, maxConnectionBytes, idleTimeout, timeout);
    }
}
