package io.nereid.backend.isolation;

import io.nereid.backend.Isolation;
import io.nereid.backend.worker.WorkerModel;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.InstanceGroupConfig;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.NearestName;
import io.nereid.modelrepo.config.SequenceBatchingConfig;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;

/**
 * What the parameters of an isolated model's configuration say.
 *
 * @param memoryLimit how much memory of its own a worker may take, in bytes; 0 for as much as the machine has
 * @param loadTimeout how long a worker may take to open the model
 * @param executeTimeout how long an execution may take; null for as long as it takes
 */
record IsolationSettings(long memoryLimit, Duration loadTimeout, @Nullable Duration executeTimeout) {
    static final String MEMORY_LIMIT = Isolation.PREFIX + "memory_limit_mb";
    static final String LOAD_TIMEOUT = Isolation.PREFIX + "load_timeout_ms";

    private static final List<String> NAMES = List.of(Isolation.PARAMETER, MEMORY_LIMIT, LOAD_TIMEOUT);
    /** What the Java of a worker takes itself leaves nothing of less. */
    private static final long LEAST_MEMORY_MB = 256;
    private static final long MOST_MEMORY_MB = 1L << 30;
    private static final Duration DEFAULT_LOAD_TIMEOUT = Duration.ofMinutes(10);

    /** @throws InferenceException INVALID_ARG if a parameter makes no sense */
    static IsolationSettings of(ModelConfig config) throws InferenceException {
        for (String name : config.parameters().keySet()) {
            if (name.startsWith(Isolation.PREFIX) && !NAMES.contains(name)) {
                throw unable(config, "there is no parameter '" + name + "'" + NearestName.hint(name, NAMES)
                        + " (expected " + String.join(", ", NAMES) + ")");
            }
        }
        long megabytes = number(config, MEMORY_LIMIT, LEAST_MEMORY_MB, MOST_MEMORY_MB, 0);
        long loadMillis = number(config, LOAD_TIMEOUT, 1, Integer.MAX_VALUE, DEFAULT_LOAD_TIMEOUT.toMillis());
        long executeMillis = number(config, WorkerModel.EXECUTE_TIMEOUT, 1, Integer.MAX_VALUE, 0);
        return new IsolationSettings(megabytes << 20, Duration.ofMillis(loadMillis),
                executeMillis == 0 ? null : Duration.ofMillis(executeMillis));
    }

    /**
     * Checks that a complete configuration asks for nothing that workers do not do.
     *
     * @throws InferenceException UNSUPPORTED if it does
     */
    static void check(ModelConfig config) throws InferenceException {
        if (config.instanceGroups().stream().anyMatch(group -> group.kind() == InstanceGroupConfig.Kind.GPU)) {
            throw unsupported(config,
                    "its instances run on the CPU only; ask for instance_group [ { kind: KIND_CPU } ]");
        }
        if (config.scheduling() instanceof SequenceBatchingConfig sequences && !sequences.states().isEmpty()) {
            throw unsupported(config, "the server keeps no sequence_batching { state } for it");
        }
    }

    private static long number(ModelConfig config, String name, long least, long most, long otherwise)
            throws InferenceException {
        String value = config.parameters().get(name);
        if (value == null) {
            return otherwise;
        }
        try {
            long number = Long.parseLong(value.strip());
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw invalid(config, name, value, "a whole number from " + least + " to " + most);
    }

    private static InferenceException invalid(ModelConfig config, String name, String value, String expected) {
        return unable(config, "parameter '" + name + "' is '" + value + "' (expected " + expected + ")");
    }

    private static InferenceException unable(ModelConfig config, String why) {
        return new InferenceException(ErrorCode.INVALID_ARG, "unable to load model '" + config.name() + "': " + why);
    }

    private static InferenceException unsupported(ModelConfig config, String why) {
        return new InferenceException(ErrorCode.UNSUPPORTED, "unable to load model '" + config.name()
                + "' with parameter '" + Isolation.PARAMETER + "': " + why);
    }
}
