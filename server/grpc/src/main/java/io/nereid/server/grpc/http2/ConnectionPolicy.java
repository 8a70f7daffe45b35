package io.nereid.server.grpc.http2;

import java.time.Duration;
import java.util.Optional;

/**
 * What clients may ask of a connection, and how long one lives.
 *
 * @param windowBytes what may be on its way to the server, on one call and on one connection
 * @param maxCalls calls of one connection at the same time
 * @param maxMetadataBytes all metadata of one call together
 * @param maxResets calls that a client may give up again in {@code resetsWindow} before its connection is ended
 * @param resetsWindow see there; whole seconds
 * @param handshakeTimeout until a client has said what HTTP/2 begins with, encryption included
 * @param idleTimeout a connection without a call for this long is ended
 * @param keepAliveTime a connection is silent for this long before its client is asked whether it lives
 * @param keepAliveTimeout how long the answer may take
 * @param pingsWithoutCalls whether clients may ask so while they have no call under way
 * @param minPingInterval how much time must lie between two such questions of a client
 * @param maxAge after what time a connection takes no more calls; absent for never
 * @param maxAgeGrace how long its last calls may then take; absent for as long as they like
 */
public record ConnectionPolicy(int windowBytes, int maxCalls, int maxMetadataBytes, int maxResets,
        Duration resetsWindow, Duration handshakeTimeout, Duration idleTimeout, Duration keepAliveTime,
        Duration keepAliveTimeout, boolean pingsWithoutCalls, Duration minPingInterval, Optional<Duration> maxAge,
        Optional<Duration> maxAgeGrace) {}
