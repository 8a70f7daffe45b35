package io.nereid.server.cli;

import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.grpc.GrpcKeepAlive;
import io.nereid.server.grpc.GrpcLimits;
import io.nereid.server.transport.TlsConfig;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/** Reads the flags of the gRPC front end. */
final class GrpcFlags {
    private static final String HEADER_PREFIX = "triton-grpc-protocol-";

    private final FlagValues flags;

    GrpcFlags(FlagValues flags) {
        this.flags = flags;
    }

    GrpcConfig read() throws UsageException {
        String pattern = flags.get(Flags.GRPC_HEADER_FORWARD_PATTERN);
        GrpcConfig.Compression compression = GrpcConfig.Compression
                .valueOf(flags.get(Flags.GRPC_INFER_RESPONSE_COMPRESSION_LEVEL).toUpperCase(Locale.ROOT));
        GrpcKeepAlive keepAlive = keepAlive();
        GrpcLimits limits = limits();
        Optional<TlsConfig> tls = TlsFlags.GRPC.read(flags);
        try {
            return new GrpcConfig(flags.get(Flags.ALLOW_GRPC), flags.get(Flags.GRPC_ADDRESS),
                    flags.get(Flags.GRPC_PORT), flags.get(Flags.REUSE_GRPC_PORT),
                    flags.get(Flags.GRPC_INFER_THREAD_COUNT), pattern, compression,
                    flags.get(Flags.GRPC_MAX_RESPONSE_POOL_SIZE), keepAlive, limits, tls,
                    RestrictionFlag.read(flags, Flags.GRPC_RESTRICTED_PROTOCOL, HEADER_PREFIX));
        } catch (IllegalArgumentException e) {
            // Everything else was checked as a flag's value; what is left is the pattern.
            throw new UsageException("--grpc-header-forward-pattern: got '%s' (expected a regular expression)"
                    .formatted(pattern));
        }
    }

    private GrpcLimits limits() throws UsageException {
        return new GrpcLimits(flags.get(Flags.GRPC_MAX_CONNECTIONS), flags.get(Flags.GRPC_MAX_MESSAGE_SIZE),
                Duration.ofSeconds(flags.get(Flags.GRPC_MESSAGE_TIMEOUT_SECS)),
                Duration.ofSeconds(flags.get(Flags.GRPC_IDLE_TIMEOUT_SECS)));
    }

    private GrpcKeepAlive keepAlive() throws UsageException {
        return new GrpcKeepAlive(millis(Flags.GRPC_KEEPALIVE_TIME), millis(Flags.GRPC_KEEPALIVE_TIMEOUT),
                flags.get(Flags.GRPC_KEEPALIVE_PERMIT_WITHOUT_CALLS), millis(Flags.GRPC_HTTP2_MIN_RECV_PING_INTERVAL),
                unlessZero(millis(Flags.GRPC_MAX_CONNECTION_AGE)),
                unlessZero(millis(Flags.GRPC_MAX_CONNECTION_AGE_GRACE)));
    }

    private Duration millis(Flag<Long> flag) throws UsageException {
        return Duration.ofMillis(flags.get(flag));
    }

    private static Optional<Duration> unlessZero(Duration duration) {
        return Optional.of(duration).filter(Duration::isPositive);
    }
}
