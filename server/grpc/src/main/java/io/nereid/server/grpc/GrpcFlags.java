package io.nereid.server.grpc;

import io.nereid.server.config.Flag;
import io.nereid.server.config.FlagGroup;
import io.nereid.server.config.FlagValues;
import io.nereid.server.config.UsageException;
import io.nereid.server.config.ValueType;
import io.nereid.server.protocol.HeaderPatternFlag;
import io.nereid.server.protocol.RestrictionFlag;
import io.nereid.server.transport.TlsFlags;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The flags of the gRPC front end. Makes the {@link GrpcConfig} of them. */
public final class GrpcFlags {
    private static final int ANY = Integer.MAX_VALUE;

    public static final Flag<Boolean> ALLOW_GRPC = Flag.of(FlagGroup.GRPC, "allow-grpc", ValueType.BOOL, "true",
            "Serve gRPC.");
    public static final Flag<String> GRPC_ADDRESS = Flag.of(FlagGroup.GRPC, "grpc-address", ValueType.NAME,
            GrpcConfig.DEFAULT.address(),
            "Host name or IP address to listen on.");
    public static final Flag<Integer> GRPC_PORT = Flag.of(FlagGroup.GRPC, "grpc-port", ValueType.PORT,
            "" + GrpcConfig.DEFAULT.port(),
            "Port to listen on; 0 lets the system choose one.");
    public static final Flag<Boolean> REUSE_GRPC_PORT = Flag.of(FlagGroup.GRPC, "reuse-grpc-port", ValueType.BOOL,
            "false",
            "Let several servers listen on the same port.");
    static final HeaderPatternFlag HEADER_FORWARD_PATTERN = HeaderPatternFlag.of(FlagGroup.GRPC, "grpc",
            "metadata");
    public static final Flag<Integer> GRPC_INFER_THREAD_COUNT = Flag.of(FlagGroup.GRPC, "grpc-infer-thread-count",
            ValueType.integer(2, 128),
            "" + GrpcConfig.DEFAULT.threads(), "Event threads.");
    public static final Flag<Integer> GRPC_MAX_RESPONSE_POOL_SIZE = Flag.of(FlagGroup.GRPC,
            "grpc-max-response-pool-size",
            ValueType.integer(1, ANY), "" + GrpcConfig.DEFAULT.maxResponses(),
            "Responses of one streamed request that may wait to be sent before its model has to wait.");
    public static final Flag<String> GRPC_INFER_RESPONSE_COMPRESSION_LEVEL = Flag.of(FlagGroup.GRPC,
            "grpc-infer-response-compression-level", ValueType.choice("none", "low", "medium", "high"), "none",
            "How much responses are compressed for clients that understand it.");
    public static final Flag<Integer> GRPC_MAX_CONNECTIONS = Flag.of(FlagGroup.GRPC, "grpc-max-connections",
            ValueType.integer(1, ANY),
            "" + GrpcLimits.DEFAULT.maxConnections(),
            "Connections at a time; one more is closed at once. (Not in Triton.)");
    public static final Flag<Integer> GRPC_MAX_MESSAGE_SIZE = Flag.of(FlagGroup.GRPC, "grpc-max-message-size",
            ValueType.integer(1, ANY),
            "" + GrpcLimits.DEFAULT.maxMessageBytes(), "Largest request message, in bytes. (Not in Triton.)");
    public static final Flag<Long> GRPC_MESSAGE_TIMEOUT_SECS = Flag.of(FlagGroup.GRPC, "grpc-message-timeout-secs",
            ValueType.number(1, ANY),
            "" + GrpcLimits.DEFAULT.messageTimeout().toSeconds(),
            "Give up a request message that stalls, or an answer that is not taken, for this long. (Not in Triton.)");
    public static final Flag<Long> GRPC_IDLE_TIMEOUT_SECS = Flag.of(FlagGroup.GRPC, "grpc-idle-timeout-secs",
            ValueType.number(1, ANY),
            "" + GrpcLimits.DEFAULT.idleTimeout().toSeconds(),
            "Close a connection without a call for this long. (Not in Triton.)");
    public static final Flag<Long> GRPC_KEEPALIVE_TIME = Flag.of(FlagGroup.GRPC, "grpc-keepalive-time",
            ValueType.number(1, Long.MAX_VALUE),
            "" + GrpcKeepAlive.DEFAULT.time().toMillis(),
            "Milliseconds of silence after which the server asks whether a client is still there.");
    public static final Flag<Long> GRPC_KEEPALIVE_TIMEOUT = Flag.of(FlagGroup.GRPC, "grpc-keepalive-timeout",
            ValueType.number(1, Long.MAX_VALUE),
            "" + GrpcKeepAlive.DEFAULT.timeout().toMillis(), "Milliseconds to wait for its answer.");
    public static final Flag<Boolean> GRPC_KEEPALIVE_PERMIT_WITHOUT_CALLS = Flag.of(FlagGroup.GRPC,
            "grpc-keepalive-permit-without-calls", ValueType.BOOL, "false",
            "Let clients ping without a call under way.");
    public static final Flag<Long> GRPC_HTTP2_MIN_RECV_PING_INTERVAL = Flag.of(FlagGroup.GRPC,
            "grpc-http2-min-recv-ping-interval-without-data", ValueType.number(0, Long.MAX_VALUE),
            "" + GrpcKeepAlive.DEFAULT.minPingInterval().toMillis(),
            "Milliseconds that must lie between two pings of a client.");
    public static final Flag<Long> GRPC_MAX_CONNECTION_AGE = Flag.of(FlagGroup.GRPC, "grpc-max-connection-age",
            ValueType.number(0, Long.MAX_VALUE), "0",
            "Milliseconds after which a connection takes no more calls; 0 for never.");
    public static final Flag<Long> GRPC_MAX_CONNECTION_AGE_GRACE = Flag.of(FlagGroup.GRPC,
            "grpc-max-connection-age-grace",
            ValueType.number(0, Long.MAX_VALUE), "0",
            "Milliseconds its last calls may take; 0 for as long as they like.");
    public static final TlsFlags TLS = TlsFlags.of(FlagGroup.GRPC, "grpc", "gRPC", "");
    static final RestrictionFlag RESTRICTED_PROTOCOL = RestrictionFlag.of(FlagGroup.GRPC, "grpc-restricted-protocol",
            "protocol", "triton-grpc-protocol-",
            "Answer these APIs only to calls with the header triton-grpc-protocol-<key>: <value>.");

    /** All of them, in the order of the help. */
    public static final List<Flag<?>> ALL = List.of(ALLOW_GRPC, GRPC_ADDRESS, GRPC_PORT, REUSE_GRPC_PORT,
            HEADER_FORWARD_PATTERN.flag(), GRPC_INFER_THREAD_COUNT,
            Flag.noEffect(FlagGroup.GRPC, "grpc-infer-allocation-pool-size", ValueType.integer(0, ANY), "8",
                    "keeping requests for use again",
                    "Requests kept for use again. Nereid keeps none: they are small."),
            GRPC_MAX_RESPONSE_POOL_SIZE, TLS.on(), TLS.mutual(), TLS.certificate(), TLS.key(), TLS.clientRoots(),
            GRPC_INFER_RESPONSE_COMPRESSION_LEVEL, GRPC_MAX_CONNECTIONS, GRPC_MAX_MESSAGE_SIZE,
            GRPC_MESSAGE_TIMEOUT_SECS, GRPC_IDLE_TIMEOUT_SECS, GRPC_KEEPALIVE_TIME, GRPC_KEEPALIVE_TIMEOUT,
            GRPC_KEEPALIVE_PERMIT_WITHOUT_CALLS,
            Flag.noEffect(FlagGroup.GRPC, "grpc-http2-max-pings-without-data", ValueType.integer(0, ANY), "2",
                    "limiting the pings that the server sends", "Pings of the server before data must be sent.", "2"),
            GRPC_HTTP2_MIN_RECV_PING_INTERVAL,
            Flag.noEffect(FlagGroup.GRPC, "grpc-http2-max-ping-strikes", ValueType.integer(0, ANY), "2",
                    "choosing how many bad pings are forgiven", "Bad pings before a connection is closed: always 2.",
                    "2"),
            GRPC_MAX_CONNECTION_AGE, GRPC_MAX_CONNECTION_AGE_GRACE, RESTRICTED_PROTOCOL.flag());

    private GrpcFlags() {}

    /**
     * The configuration that the flags give.
     *
     * @throws UsageException where a file is missing, or a pattern or a restriction makes no sense
     */
    public static GrpcConfig read(FlagValues flags) throws UsageException {
        GrpcConfig.Compression compression = GrpcConfig.Compression
                .valueOf(flags.get(GRPC_INFER_RESPONSE_COMPRESSION_LEVEL).toUpperCase(Locale.ROOT));
        GrpcConfig config = GrpcConfig.DEFAULT.withEnabled(flags.get(ALLOW_GRPC)).withAddress(flags.get(GRPC_ADDRESS))
                .withPort(flags.get(GRPC_PORT)).withReusePort(flags.get(REUSE_GRPC_PORT))
                .withThreads(flags.get(GRPC_INFER_THREAD_COUNT)).withCompression(compression)
                .withMaxResponses(flags.get(GRPC_MAX_RESPONSE_POOL_SIZE)).withKeepAlive(keepAlive(flags))
                .withLimits(limits(flags)).withRestrictions(RESTRICTED_PROTOCOL.read(flags));
        config = TLS.read(flags).map(config::withTls).orElse(config);
        return HEADER_FORWARD_PATTERN.read(flags, config::withHeaderForwardPattern);
    }

    private static GrpcLimits limits(FlagValues flags) throws UsageException {
        return GrpcLimits.DEFAULT.withMaxConnections(flags.get(GRPC_MAX_CONNECTIONS))
                .withMaxMessageBytes(flags.get(GRPC_MAX_MESSAGE_SIZE))
                .withMessageTimeout(flags.seconds(GRPC_MESSAGE_TIMEOUT_SECS))
                .withIdleTimeout(flags.seconds(GRPC_IDLE_TIMEOUT_SECS));
    }

    private static GrpcKeepAlive keepAlive(FlagValues flags) throws UsageException {
        return GrpcKeepAlive.DEFAULT.withTime(flags.millis(GRPC_KEEPALIVE_TIME))
                .withTimeout(flags.millis(GRPC_KEEPALIVE_TIMEOUT))
                .withPermitWithoutCalls(flags.get(GRPC_KEEPALIVE_PERMIT_WITHOUT_CALLS))
                .withMinPingInterval(flags.millis(GRPC_HTTP2_MIN_RECV_PING_INTERVAL))
                .withMaxConnectionAge(unlessZero(flags.millis(GRPC_MAX_CONNECTION_AGE)))
                .withMaxConnectionAgeGrace(unlessZero(flags.millis(GRPC_MAX_CONNECTION_AGE_GRACE)));
    }

    private static Optional<Duration> unlessZero(Duration duration) {
        return Optional.of(duration).filter(Duration::isPositive);
    }
}
