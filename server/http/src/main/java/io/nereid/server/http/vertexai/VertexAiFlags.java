package io.nereid.server.http.vertexai;

import io.nereid.server.config.Flag;
import io.nereid.server.config.FlagGroup;
import io.nereid.server.config.FlagValues;
import io.nereid.server.config.UsageException;
import io.nereid.server.config.ValueType;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The flags of the port that Vertex AI asks, and the environment that the platform sets. */
public final class VertexAiFlags {
    /** The platform's variable that says what a container is for. */
    private static final String MODE = "AIP_MODE";
    private static final String PORT = "AIP_HTTP_PORT";
    private static final String STORAGE = "AIP_STORAGE_URI";

    public static final Flag<Boolean> ALLOW_VERTEX_AI = Flag.of(FlagGroup.CLOUD, "allow-vertex-ai", ValueType.BOOL,
            "false", "Serve Vertex AI. By default if the variable AIP_MODE is PREDICTION, without HTTP and gRPC then.");
    public static final Flag<Integer> VERTEX_AI_PORT = Flag.of(FlagGroup.CLOUD, "vertex-ai-port", ValueType.PORT,
            "" + VertexAiConfig.DEFAULT.port(),
            "Port to listen on. By default the one in AIP_HTTP_PORT, if it is set.");
    public static final Flag<Integer> VERTEX_AI_THREAD_COUNT = Flag.of(FlagGroup.CLOUD, "vertex-ai-thread-count",
            ValueType.integer(1, 1024), "" + VertexAiConfig.DEFAULT.threads(),
            "Event threads. By default 8, but no more than there are processors.");
    public static final Flag<String> VERTEX_AI_DEFAULT_MODEL = Flag.of(FlagGroup.CLOUD, "vertex-ai-default-model",
            ValueType.TEXT, "", "Model that is asked when a request names none. Not needed where there is only one.");

    /** All of them, in the order of the help. */
    public static final List<Flag<?>> ALL = List.of(ALLOW_VERTEX_AI, VERTEX_AI_PORT, VERTEX_AI_THREAD_COUNT,
            VERTEX_AI_DEFAULT_MODEL);

    private VertexAiFlags() {}

    /** Whether the platform has started this process to answer requests: nothing else is served then by default. */
    public static boolean isPrediction(Map<String, String> environment) {
        return environment.getOrDefault(MODE, "").equals("PREDICTION");
    }

    /** Where the platform has the models; absent where it says nothing. */
    public static Optional<String> repository(Map<String, String> environment) {
        return Optional.ofNullable(environment.get(STORAGE)).filter(uri -> !uri.isEmpty());
    }

    /**
     * The port that flags and environment ask for; absent where none is to be.
     *
     * @throws UsageException if the environment has a port that is none
     */
    public static Optional<VertexAiConfig> read(FlagValues flags, Map<String, String> environment)
            throws UsageException {
        boolean allowed = flags.isGiven(ALLOW_VERTEX_AI) ? flags.get(ALLOW_VERTEX_AI) : isPrediction(environment);
        if (!allowed) {
            return Optional.empty();
        }
        return Optional.of(VertexAiConfig.DEFAULT.withPort(port(flags, environment))
                .withThreads(flags.get(VERTEX_AI_THREAD_COUNT))
                .withRoutes(environment.getOrDefault("AIP_PREDICT_ROUTE", ""),
                        environment.getOrDefault("AIP_HEALTH_ROUTE", ""))
                .withDefaultModel(flags.get(VERTEX_AI_DEFAULT_MODEL)));
    }

    private static int port(FlagValues flags, Map<String, String> environment) throws UsageException {
        String text = environment.getOrDefault(PORT, "");
        if (flags.isGiven(VERTEX_AI_PORT) || text.isEmpty()) {
            return flags.get(VERTEX_AI_PORT);
        }
        Integer port = ValueType.PORT.reader().apply(text);
        if (port == null) {
            throw new UsageException("%s in the environment: got '%s' (expected %s)".formatted(PORT, text,
                    ValueType.PORT.expected()));
        }
        return port;
    }
}
