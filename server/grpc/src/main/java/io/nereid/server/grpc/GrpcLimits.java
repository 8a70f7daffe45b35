package io.nereid.server.grpc;

import io.nereid.server.config.Require;

import java.time.Duration;

/**
 * What clients may ask of the gRPC front end. Triton has none of these limits (docs/compatibility.md).
 *
 * @param maxConnections connections at a time; one more is closed at once
 * @param maxMessageBytes largest request message, as sent
 * @param messageTimeout a call is cancelled when nothing of its request message has come for this long, when the
 *     message drips in, or when its client does not take the answer
 * @param idleTimeout a connection without a call for this long is closed
 */
public record GrpcLimits(int maxConnections, int maxMessageBytes, Duration messageTimeout, Duration idleTimeout) {
    /** 16,384 connections, messages of 2 GiB as in Triton, 30 seconds for one that stalls, an hour without a call. */
    public static final GrpcLimits DEFAULT = new GrpcLimits(16_384, Integer.MAX_VALUE, Duration.ofSeconds(30),
            Duration.ofHours(1));

    public GrpcLimits {
        Require.that(maxConnections >= 1, "maxConnections: got %d (expected 1 or more)", maxConnections);
        Require.that(maxMessageBytes >= 1, "maxMessageBytes: got %d (expected 1 or more)", maxMessageBytes);
        Require.that(messageTimeout.isPositive(), "messageTimeout: got %s (expected more than zero)", messageTimeout);
        Require.that(idleTimeout.isPositive(), "idleTimeout: got %s (expected more than zero)", idleTimeout);
    }

    public GrpcLimits withMaxConnections(int connections) {
        return new GrpcLimits(connections, maxMessageBytes, messageTimeout, idleTimeout);
    }

    public GrpcLimits withMaxMessageBytes(int bytes) {
        return new GrpcLimits(maxConnections, bytes, messageTimeout, idleTimeout);
    }

    public GrpcLimits withMessageTimeout(Duration timeout) {
        return new GrpcLimits(maxConnections, maxMessageBytes, timeout, idleTimeout);
    }

    public GrpcLimits withIdleTimeout(Duration timeout) {
        return new GrpcLimits(maxConnections, maxMessageBytes, messageTimeout, timeout);
    }
}
