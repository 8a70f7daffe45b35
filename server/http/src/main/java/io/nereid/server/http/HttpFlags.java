package io.nereid.server.http;

import io.nereid.server.config.Flag;
import io.nereid.server.config.FlagGroup;
import io.nereid.server.config.FlagValues;
import io.nereid.server.config.UsageException;
import io.nereid.server.config.ValueType;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.protocol.HeaderPatternFlag;
import io.nereid.server.protocol.RestrictionFlag;
import io.nereid.server.protocol.Restrictions;
import io.nereid.server.transport.TlsFlags;

import java.util.List;
import java.util.function.Predicate;

/** The flags of the HTTP front end. Makes the {@link HttpConfig} of them. */
public final class HttpFlags {
    private static final int ANY = Integer.MAX_VALUE;

    public static final Flag<Boolean> ALLOW_HTTP = Flag.of(FlagGroup.HTTP, "allow-http", ValueType.BOOL, "true",
            "Serve HTTP.");
    public static final Flag<String> HTTP_ADDRESS = Flag.of(FlagGroup.HTTP, "http-address", ValueType.NAME,
            HttpConfig.DEFAULT.address(),
            "Host name or IP address to listen on.");
    public static final Flag<Integer> HTTP_PORT = Flag.of(FlagGroup.HTTP, "http-port", ValueType.PORT,
            "" + HttpConfig.DEFAULT.port(),
            "Port to listen on; 0 lets the system choose one.");
    public static final Flag<Boolean> REUSE_HTTP_PORT = Flag.of(FlagGroup.HTTP, "reuse-http-port", ValueType.BOOL,
            "false",
            "Let several servers listen on the same port.");
    static final HeaderPatternFlag HEADER_FORWARD_PATTERN = HeaderPatternFlag.of(FlagGroup.HTTP, "http",
            "request headers");
    public static final Flag<Integer> HTTP_THREAD_COUNT = Flag.of(FlagGroup.HTTP, "http-thread-count",
            ValueType.integer(1, 1024),
            "" + HttpConfig.DEFAULT_THREADS, "Event threads. By default 8, but no more than there are processors.");
    public static final Flag<Long> HTTP_MAX_INPUT_SIZE = Flag.of(FlagGroup.HTTP, "http-max-input-size",
            ValueType.number(1, Long.MAX_VALUE),
            "" + HttpLimits.DEFAULT.maxInputBytes(),
            "Largest JSON head, JSON tensor, raw or decompressed body, over gRPC too, in bytes.");
    public static final Flag<Long> HTTP_MAX_BODY_SIZE = Flag.of(FlagGroup.HTTP, "http-max-body-size",
            ValueType.number(1, ANY),
            "" + HttpLimits.DEFAULT.maxBodyBytes(), "Largest body of a request, in bytes. (Not in Triton.)");
    public static final Flag<Integer> HTTP_MAX_CONNECTIONS = Flag.of(FlagGroup.HTTP, "http-max-connections",
            ValueType.integer(1, ANY),
            "" + HttpLimits.DEFAULT.maxConnections(),
            "Connections at a time; one more gets 503 and is closed. (Not in Triton.)");
    public static final Flag<Long> HTTP_IDLE_TIMEOUT_SECS = Flag.of(FlagGroup.HTTP, "http-idle-timeout-secs",
            ValueType.number(1, ANY),
            "" + HttpLimits.DEFAULT.idleTimeout().toSeconds(),
            "Close a connection that asks nothing for this long. (Not in Triton.)");
    public static final Flag<Long> HTTP_HEAD_TIMEOUT_SECS = Flag.of(FlagGroup.HTTP, "http-head-timeout-secs",
            ValueType.number(1, ANY),
            "" + HttpLimits.DEFAULT.headTimeout().toSeconds(),
            "Close a connection whose request line and headers take longer than this. (Not in Triton.)");
    public static final Flag<Long> HTTP_BODY_TIMEOUT_SECS = Flag.of(FlagGroup.HTTP, "http-body-timeout-secs",
            ValueType.number(1, ANY),
            "" + HttpLimits.DEFAULT.bodyTimeout().toSeconds(),
            "Give up a request whose body stalls, or an answer that is not taken, for this long. (Not in Triton.)");
    public static final TlsFlags TLS = TlsFlags.of(FlagGroup.HTTP, "http", "HTTP", " (Not in Triton.)");
    static final RestrictionFlag RESTRICTED_API = RestrictionFlag.of(FlagGroup.HTTP, "http-restricted-api", "api", "",
            "Answer these APIs only to requests with the header <key>: <value>.");
    public static final Flag<String> HTTP_ALLOWED_ORIGINS = Flag.of(FlagGroup.HTTP, "http-allowed-origins",
            listType("<origin,...>", OriginPolicy.ORIGINS_EXPECTED, OriginPolicy::areOrigins), "",
            "Pages of these origins may use the server from a browser, besides its own; * for all. (Not in Triton.)");
    public static final Flag<String> HTTP_ALLOWED_HOSTS = Flag.of(FlagGroup.HTTP, "http-allowed-hosts",
            listType("<name,...>", OriginPolicy.HOSTS_EXPECTED, OriginPolicy::areHosts), "",
            "Answer only requests whose Host is an IP address, localhost or one of these names. By default any name."
                    + " (Not in Triton.)");
    public static final Flag<Boolean> ALLOW_OPENAI = Flag.of(FlagGroup.HTTP, "allow-openai", ValueType.BOOL, "false",
            "Serve OpenAI's routes: /v1/models, /v1/embeddings, /v1/completions and /v1/chat/completions. (In Triton a"
                    + " program of its own.)");
    static final RestrictionFlag OPENAI_RESTRICTED_API = RestrictionFlag.of(FlagGroup.HTTP, "openai-restricted-api",
            "api", "",
            "Answer these APIs of OpenAI's routes (inference, model-repository) only to requests with the header <key>:"
                    + " <value>, in the place of what --http-restricted-api says of them.");

    /** All of them, in the order of the help. */
    public static final List<Flag<?>> ALL = List.of(ALLOW_HTTP, HTTP_ADDRESS, HTTP_PORT, REUSE_HTTP_PORT,
            HEADER_FORWARD_PATTERN.flag(), HTTP_THREAD_COUNT, HTTP_MAX_INPUT_SIZE, HTTP_MAX_BODY_SIZE,
            HTTP_MAX_CONNECTIONS, HTTP_IDLE_TIMEOUT_SECS, HTTP_HEAD_TIMEOUT_SECS, HTTP_BODY_TIMEOUT_SECS, TLS.on(),
            TLS.mutual(), TLS.certificate(), TLS.key(), TLS.clientRoots(), RESTRICTED_API.flag(), HTTP_ALLOWED_ORIGINS,
            HTTP_ALLOWED_HOSTS, ALLOW_OPENAI, OPENAI_RESTRICTED_API.flag());

    private HttpFlags() {}

    /**
     * The configuration that the flags give.
     *
     * @throws UsageException where a file is missing, or a pattern or a restriction makes no sense
     */
    public static HttpConfig read(FlagValues flags) throws UsageException {
        HttpConfig config = HttpConfig.DEFAULT.withEnabled(flags.get(ALLOW_HTTP)).withAddress(flags.get(HTTP_ADDRESS))
                .withPort(flags.get(HTTP_PORT)).withReusePort(flags.get(REUSE_HTTP_PORT))
                .withThreads(flags.get(HTTP_THREAD_COUNT)).withLimits(limits(flags))
                .withRestrictions(RESTRICTED_API.read(flags))
                .withOrigins(OriginPolicy.OWN_PAGES.withOrigins(flags.get(HTTP_ALLOWED_ORIGINS))
                        .withHosts(flags.get(HTTP_ALLOWED_HOSTS)))
                .withOpenAi(new OpenAiConfig(flags.get(ALLOW_OPENAI), openAiRestrictions(flags)));
        config = TLS.read(flags).map(config::withTls).orElse(config);
        return HEADER_FORWARD_PATTERN.read(flags, config::withHeaderForwardPattern);
    }

    private static Restrictions openAiRestrictions(FlagValues flags) throws UsageException {
        Restrictions restrictions = OPENAI_RESTRICTED_API.read(flags);
        for (ApiCategory category : restrictions.requirements().keySet()) {
            if (category != ApiCategory.INFERENCE && category != ApiCategory.MODEL_REPOSITORY) {
                throw new UsageException("--openai-restricted-api: OpenAI's routes have no api '%s' (expected inference"
                        .formatted(category.flagName()) + " or model-repository)");
            }
        }
        return restrictions;
    }

    private static ValueType<String> listType(String label, String expected, Predicate<String> isGood) {
        return new ValueType<>(label, expected, text -> isGood.test(text) ? text : null);
    }

    private static HttpLimits limits(FlagValues flags) throws UsageException {
        return HttpLimits.DEFAULT.withMaxInputBytes(flags.get(HTTP_MAX_INPUT_SIZE))
                .withMaxBodyBytes(flags.get(HTTP_MAX_BODY_SIZE)).withMaxConnections(flags.get(HTTP_MAX_CONNECTIONS))
                .withIdleTimeout(flags.seconds(HTTP_IDLE_TIMEOUT_SECS))
                .withHeadTimeout(flags.seconds(HTTP_HEAD_TIMEOUT_SECS))
                .withBodyTimeout(flags.seconds(HTTP_BODY_TIMEOUT_SECS));
    }
}
