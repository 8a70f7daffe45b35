package io.nereid.server.http.sagemaker;

import io.nereid.server.config.Flag;
import io.nereid.server.config.FlagGroup;
import io.nereid.server.config.FlagValues;
import io.nereid.server.config.UsageException;
import io.nereid.server.config.ValueType;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The flags of the port that SageMaker asks, and the environment that its containers are given. */
public final class SageMakerFlags {
    private static final String PING_MODE = "SAGEMAKER_TRITON_PING_MODE";
    private static final String INFERENCE_TYPE = "SAGEMAKER_TRITON_INFERENCE_TYPE";
    private static final String DEFAULT_MODEL = "SAGEMAKER_TRITON_DEFAULT_MODEL_NAME";

    public static final Flag<Boolean> ALLOW_SAGEMAKER = Flag.of(FlagGroup.CLOUD, "allow-sagemaker", ValueType.BOOL,
            "false", "Serve SageMaker.");
    public static final Flag<Integer> SAGEMAKER_PORT = Flag.of(FlagGroup.CLOUD, "sagemaker-port", ValueType.PORT,
            "" + SageMakerConfig.DEFAULT.port(), "Port to listen on.");
    public static final Flag<PortRange> SAGEMAKER_SAFE_PORT_RANGE = Flag.of(FlagGroup.CLOUD,
            "sagemaker-safe-port-range",
            new ValueType<>("<first>-<last>", "FIRST-LAST, two ports", PortRange::parse), "",
            "Ports that SageMaker allows: all others but its own must be among them.");
    public static final Flag<Integer> SAGEMAKER_THREAD_COUNT = Flag.of(FlagGroup.CLOUD, "sagemaker-thread-count",
            ValueType.integer(1, 1024), "" + SageMakerConfig.DEFAULT.threads(),
            "Event threads. By default 8, but no more than there are processors.");

    /** All of them, in the order of the help. */
    public static final List<Flag<?>> ALL = List.of(ALLOW_SAGEMAKER, SAGEMAKER_PORT, SAGEMAKER_SAFE_PORT_RANGE,
            SAGEMAKER_THREAD_COUNT);

    private SageMakerFlags() {}

    /** The ports that all services but SageMaker's may use; absent for any. */
    public static Optional<PortRange> allowedPorts(FlagValues flags) throws UsageException {
        return flags.isGiven(SAGEMAKER_SAFE_PORT_RANGE) ? Optional.of(flags.get(SAGEMAKER_SAFE_PORT_RANGE))
                : Optional.empty();
    }

    /**
     * The port that the flags ask for, as the environment says; absent where none is to be.
     *
     * @throws UsageException if the environment has a word that makes no sense
     */
    public static Optional<SageMakerConfig> read(FlagValues flags, Map<String, String> environment)
            throws UsageException {
        if (!flags.get(ALLOW_SAGEMAKER)) {
            return Optional.empty();
        }
        return Optional.of(SageMakerConfig.DEFAULT.withPort(flags.get(SAGEMAKER_PORT))
                .withThreads(flags.get(SAGEMAKER_THREAD_COUNT))
                .withPing(word(environment, PING_MODE, PingMode.values()))
                .withInference(word(environment, INFERENCE_TYPE, InferenceType.values()))
                .withDefaultModel(environment.getOrDefault(DEFAULT_MODEL, SageMakerConfig.DEFAULT.defaultModel())));
    }

    /** One of these words; the first one where the environment says nothing. */
    private static <T extends Enum<T>> T word(Map<String, String> environment, String variable, T[] words)
            throws UsageException {
        String text = environment.getOrDefault(variable, "");
        if (text.isEmpty()) {
            return words[0];
        }
        for (T word : words) {
            if (lowerCase(word).equals(text)) {
                return word;
            }
        }
        throw new UsageException("%s in the environment: got '%s' (expected one of %s)".formatted(variable, text,
                String.join(", ", Arrays.stream(words).map(SageMakerFlags::lowerCase).toList())));
    }

    private static String lowerCase(Enum<?> word) {
        return word.name().toLowerCase(Locale.ROOT);
    }
}
