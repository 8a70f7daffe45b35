package io.nereid.backend.onnxruntime;

import io.nereid.backend.CpuBudget;
import io.nereid.backend.onnxruntime.binding.OrtSessionOptions.GraphLevel;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.InstanceGroupConfig;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.NearestName;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a configuration asks of ONNX Runtime by its {@code parameters} and {@code optimization} (docs/compatibility.md);
 * parameters of other names are no concern of this backend's.
 *
 * @param graphLevel how much the graph is rewritten
 * @param intraOpThreads threads per operator; 0 leaves it to the server
 * @param interOpThreads operators at the same time in parallel execution; 0 leaves it to ONNX Runtime
 * @param parallelExecution whether branches of the graph run at the same time
 * @param memArena whether memory of earlier runs is kept
 * @param memPattern whether its layout is kept
 * @param emptyDimensions whether inputs may have empty dimensions whatever the model's operators
 * @param sessionEntries ONNX Runtime's {@code session.*} entries
 * @param runEntries ONNX Runtime's entries for each run
 * @param cuda settings of the CUDA provider
 */
record SessionSettings(GraphLevel graphLevel, int intraOpThreads, int interOpThreads, boolean parallelExecution,
        boolean memArena, boolean memPattern, boolean emptyDimensions, Map<String, String> sessionEntries,
        Map<String, String> runEntries,
        Map<String, String> cuda) {
    private static final String SHRINKAGE = "memory.enable_memory_arena_shrinkage";
    /**
     * Set unless the configuration does. Between two runs a thread that spins keeps a core from the event loops, which
     * have the next request for it.
     */
    private static final Map<String, String> OWN_ENTRIES = Map.of("session.force_spinning_stop", "1");
    /** Every name that is read of {@code parameters}. */
    private static final Set<String> NAMES = Set.of("intra_op_thread_count", "inter_op_thread_count", "execution_mode",
            "enable_mem_arena", "enable_mem_pattern", EmptyDimensions.PARAMETER, SHRINKAGE, "cudnn_conv_algo_search",
            "arena_extend_strategy",
            "do_copy_in_default_stream", "gpu_mem_limit", "session.use_device_allocator_for_initializers",
            "session.intra_op.allow_spinning", "session.intra_op.spin_duration_us", "session.force_spinning_stop",
            "session.dynamic_block_base");

    /** What ONNX Runtime itself calls some of them. */
    private static final Map<String, String> ELSEWHERE = Map.of("intra_op_num_threads", "intra_op_thread_count",
            "inter_op_num_threads", "inter_op_thread_count");

    /**
     * A text for each parameter that is not read and whose name is nearly one that is. All other names are somebody
     * else's.
     */
    static List<String> misspelt(ModelConfig config) {
        List<String> texts = new ArrayList<>();
        for (String name : config.parameters().keySet()) {
            String meant = ELSEWHERE.get(name);
            String hint = NAMES.contains(name) ? ""
                    : meant == null ? NearestName.hint(name, NAMES) : " (did you mean '" + meant + "'?)";
            if (!hint.isEmpty()) {
                texts.add("there is no parameter '" + name + "', it is passed over" + hint);
            }
        }
        return texts;
    }

    /** A text if the instances of a complete configuration want more processors than there are. */
    static Optional<String> tooManyThreads(ModelConfig config, CpuBudget cpus) {
        int instances = config.instanceGroups().stream()
                .filter(group -> group.kind() == InstanceGroupConfig.Kind.CPU).mapToInt(InstanceGroupConfig::count)
                .sum();
        int each = Math.max(1, Parameters.number(config.parameters().getOrDefault("intra_op_thread_count", "0")));
        long threads = (long) instances * each;
        return threads <= cpus.processors() ? Optional.empty()
                : Optional.of(instances + " instances with " + each + " intra-op threads each want " + threads
                        + " processors, there are " + cpus.processors());
    }

    static SessionSettings of(ModelConfig config) throws InferenceException {
        Parameters parameters = new Parameters(config.name(), config.parameters());
        return new SessionSettings(graphLevel(config.optimization().graphLevel()),
                parameters.count("intra_op_thread_count"), parameters.count("inter_op_thread_count"),
                parameters.choice("execution_mode", 0, "sequential", "parallel") == 1,
                parameters.choice("enable_mem_arena", 1, "off", "on") == 1,
                parameters.choice("enable_mem_pattern", 1, "off", "on") == 1,
                parameters.choice(EmptyDimensions.PARAMETER, 0, "off", "on") == 1,
                sessionEntries(parameters), parameters.entries(SHRINKAGE), cuda(parameters));
    }

    /** Those of {@code session.*} go to ONNX Runtime as they are written. */
    private static Map<String, String> sessionEntries(Parameters parameters) {
        Map<String, String> entries = new LinkedHashMap<>(OWN_ENTRIES);
        NAMES.stream().filter(name -> name.startsWith("session.")).map(parameters::entries).forEach(entries::putAll);
        return Map.copyOf(entries);
    }

    private static GraphLevel graphLevel(int level) {
        return switch (level) {
            case -1 -> GraphLevel.BASIC;
            case 1 -> GraphLevel.EXTENDED;
            case 2 -> GraphLevel.DISABLE_ALL;
            default -> GraphLevel.ALL;
        };
    }

    /** The CUDA provider's own names and values for the numbers that Triton takes. */
    private static Map<String, String> cuda(Parameters parameters) throws InferenceException {
        Map<String, String> settings = new LinkedHashMap<>();
        parameters.translate("cudnn_conv_algo_search", List.of("EXHAUSTIVE", "HEURISTIC", "DEFAULT"), settings);
        parameters.translate("arena_extend_strategy", List.of("kNextPowerOfTwo", "kSameAsRequested"), settings);
        parameters.translate("do_copy_in_default_stream", List.of("0", "1"), settings);
        settings.putAll(parameters.entries("gpu_mem_limit"));
        return Map.copyOf(settings);
    }

    /** The {@code parameters} of one model. */
    private record Parameters(String model, Map<String, String> values) {
        int count(String name) throws InferenceException {
            String value = values.getOrDefault(name, "0");
            int count = number(value);
            if (count < 0) {
                throw invalid(name, value, "a number, 0 or more");
            }
            return count;
        }

        int choice(String name, int otherwise, String... choices) throws InferenceException {
            String value = values.get(name);
            if (value == null) {
                return otherwise;
            }
            int choice = number(value);
            if (choice < 0 || choice >= choices.length) {
                throw invalid(name, value, "a number from 0 to " + (choices.length - 1) + ": "
                        + String.join(", ", choices));
            }
            return choice;
        }

        void translate(String name, List<String> choices, Map<String, String> settings) throws InferenceException {
            if (values.containsKey(name)) {
                settings.put(name, choices.get(choice(name, 0, choices.toArray(String[]::new))));
            }
        }

        Map<String, String> entries(String name) {
            String value = values.get(name);
            return value == null ? Map.of() : Map.of(name, value);
        }

        private static int number(String value) {
            try {
                return Integer.parseInt(value.strip());
            } catch (NumberFormatException e) {
                return -1;
            }
        }

        private InferenceException invalid(String name, String value, String expected) {
            return new InferenceException(ErrorCode.INVALID_ARG, "unable to load model '" + model + "', parameter '"
                    + name + "' is '" + value + "' (expected " + expected + ")");
        }
    }
}
