package io.nereid.server.grpc;

import io.nereid.server.config.Require;
import io.nereid.server.protocol.HeaderPattern;
import io.nereid.server.protocol.Restrictions;
import io.nereid.server.transport.TlsConfig;

import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The gRPC front end.
 *
 * @param enabled whether there is one
 * @param address host name or IP address to listen on
 * @param port port to listen on; 0 lets the system choose one
 * @param reusePort let several processes listen on the same port (SO_REUSEPORT)
 * @param threads event-loop threads
 * @param headerForwardPattern metadata whose name contains a match become request parameters; empty for none. A
 *        {@link Pattern}, matched without regard to case
 * @param compression how inference responses are compressed for clients that understand it
 * @param maxResponses how many responses of one streamed request may wait to be sent before its model has to wait
 * @param keepAlive how connections are kept alive and how long they live
 * @param limits what clients may ask of it
 * @param tls encryption; absent for none
 * @param restrictions calls that only some clients may make
 */
public record GrpcConfig(
        boolean enabled,
        String address,
        int port,
        boolean reusePort,
        int threads,
        String headerForwardPattern,
        Compression compression,
        int maxResponses,
        GrpcKeepAlive keepAlive,
        GrpcLimits limits,
        Optional<TlsConfig> tls,
        Restrictions restrictions) {
    /** All addresses, port 8001, two threads as in Triton. */
    public static final GrpcConfig DEFAULT = new GrpcConfig(true, "0.0.0.0", 8001, false, 2, "", Compression.NONE,
            Integer.MAX_VALUE, GrpcKeepAlive.DEFAULT, GrpcLimits.DEFAULT, Optional.empty(), Restrictions.NONE);

    /** How much work compression may be. */
    public enum Compression {
        NONE,
        LOW,
        MEDIUM,
        HIGH
    }

    public GrpcConfig {
        Objects.requireNonNull(compression, "compression");
        Objects.requireNonNull(keepAlive, "keepAlive");
        Objects.requireNonNull(limits, "limits");
        Objects.requireNonNull(restrictions, "restrictions");
        Require.that(!address.isBlank(), "address: got '%s' (expected a host name or an IP address)", address);
        Require.that(port >= 0 && port <= 65535, "port: got %d (expected 0 to 65535)", port);
        Require.that(threads >= 1, "threads: got %d (expected 1 or more)", threads);
        Require.that(maxResponses >= 1, "maxResponses: got %d (expected 1 or more)", maxResponses);
        HeaderPattern.compile(headerForwardPattern);
    }

    /** The compiled pattern; absent where no metadata is forwarded. Compiled anew at every call. */
    public Optional<Pattern> headersToForward() {
        return HeaderPattern.compile(headerForwardPattern);
    }

    public GrpcConfig withEnabled(boolean on) {
        return new GrpcConfig(on, address, port, reusePort, threads, headerForwardPattern, compression, maxResponses,
                keepAlive, limits, tls, restrictions);
    }

    public GrpcConfig withPort(int newPort) {
        return new GrpcConfig(enabled, address, newPort, reusePort, threads, headerForwardPattern, compression,
                maxResponses, keepAlive, limits, tls, restrictions);
    }

    public GrpcConfig withAddress(String newAddress) {
        return new GrpcConfig(enabled, newAddress, port, reusePort, threads, headerForwardPattern, compression,
                maxResponses, keepAlive, limits, tls, restrictions);
    }

    public GrpcConfig withCompression(Compression newCompression) {
        return new GrpcConfig(enabled, address, port, reusePort, threads, headerForwardPattern, newCompression,
                maxResponses, keepAlive, limits, tls, restrictions);
    }

    public GrpcConfig withHeaderForwardPattern(String pattern) {
        return new GrpcConfig(enabled, address, port, reusePort, threads, pattern, compression, maxResponses, keepAlive,
                limits,
                tls, restrictions);
    }

    public GrpcConfig withLimits(GrpcLimits newLimits) {
        return new GrpcConfig(enabled, address, port, reusePort, threads, headerForwardPattern, compression,
                maxResponses, keepAlive, newLimits, tls, restrictions);
    }

    public GrpcConfig withTls(TlsConfig newTls) {
        return new GrpcConfig(enabled, address, port, reusePort, threads, headerForwardPattern, compression,
                maxResponses, keepAlive, limits, Optional.of(newTls), restrictions);
    }

    public GrpcConfig withRestrictions(Restrictions newRestrictions) {
        return new GrpcConfig(enabled, address, port, reusePort, threads, headerForwardPattern, compression,
                maxResponses, keepAlive, limits, tls, newRestrictions);
    }

    public GrpcConfig withReusePort(boolean newReusePort) {
        return new GrpcConfig(enabled, address, port, newReusePort, threads, headerForwardPattern, compression,
                maxResponses, keepAlive, limits, tls, restrictions);
    }

    public GrpcConfig withThreads(int newThreads) {
        return new GrpcConfig(enabled, address, port, reusePort, newThreads, headerForwardPattern, compression,
                maxResponses, keepAlive, limits, tls, restrictions);
    }

    public GrpcConfig withMaxResponses(int newMaxResponses) {
        return new GrpcConfig(enabled, address, port, reusePort, threads, headerForwardPattern, compression,
                newMaxResponses, keepAlive, limits, tls, restrictions);
    }

    public GrpcConfig withKeepAlive(GrpcKeepAlive newKeepAlive) {
        return new GrpcConfig(enabled, address, port, reusePort, threads, headerForwardPattern, compression,
                maxResponses, newKeepAlive, limits, tls, restrictions);
    }
}
