package io.nereid.backend.python;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/**
 * What {@code --backend-config=python,...} says.
 *
 * @param runtime the interpreter of models that bring none
 * @param allowRequirements whether a {@code requirements.txt} beside a model is installed for it
 * @param environmentCache where environments are kept that the server makes; null for none
 * @param stopLimit how long a model may take to finalize
 */
record PythonSettings(String runtime, boolean allowRequirements, @Nullable Path environmentCache, Duration stopLimit) {
    private static final Logger LOG = LoggerFactory.getLogger(PythonSettings.class);

    private static final String RUNTIME = "python-runtime";
    private static final String ALLOW_REQUIREMENTS = "allow-requirements";
    private static final String ENVIRONMENT_CACHE = "environment-cache";
    private static final String STOP_LIMIT = "stub-timeout-seconds";
    /** Triton's, of memory regions and queues that are not here; each with the least that it takes. */
    private static final Map<String, Long> WITHOUT_EFFECT = Map.of("shm-default-byte-size", 1L << 20,
            "shm-growth-byte-size", 1L << 20, "thread-pool-size", 1L, "shm_message_queue_size", 1L);
    private static final String REGION_PREFIX = "shm-region-prefix-name";
    /** Of every backend. */
    private static final Set<String> GLOBAL = Set.of("default-max-batch-size");
    private static final int DEFAULT_STOP_SECONDS = 30;

    /** @throws InferenceException INVALID_ARG if a setting makes no sense */
    static PythonSettings of(Map<String, String> settings) throws InferenceException {
        for (Map.Entry<String, String> setting : settings.entrySet()) {
            checkKnown(setting.getKey(), setting.getValue());
        }
        String runtime = settings.getOrDefault(RUNTIME, "python3");
        if (runtime.isBlank()) {
            throw invalid(RUNTIME, runtime, "the path of a Python interpreter, or its name");
        }
        return new PythonSettings(runtime, flag(settings, ALLOW_REQUIREMENTS), cache(settings),
                Duration.ofSeconds(number(STOP_LIMIT,
                        settings.getOrDefault(STOP_LIMIT, String.valueOf(DEFAULT_STOP_SECONDS)), 1)));
    }

    private static void checkKnown(String key, String value) throws InferenceException {
        switch (key) {
            case RUNTIME, ALLOW_REQUIREMENTS, ENVIRONMENT_CACHE, STOP_LIMIT -> {
                // read by name
            }
            case REGION_PREFIX -> LOG.info("--backend-config=python,{}={} has no effect: the memory that is shared with"
                    + " Python workers has no name", key, value);
            default -> {
                if (WITHOUT_EFFECT.containsKey(key)) {
                    long _ = number(key, value, WITHOUT_EFFECT.get(key));
                    LOG.info(
                            "--backend-config=python,{}={} has no effect: all Python workers share one memory, as large"
                                    + " as --max-inflight-bytes allows, and their calls need no threads of their own",
                            key, value);
                } else if (!GLOBAL.contains(key)) {
                    throw new InferenceException(ErrorCode.INVALID_ARG, "--backend-config python," + key + "=" + value
                            + ": unknown setting (expected " + RUNTIME + ", " + ALLOW_REQUIREMENTS + ", "
                            + ENVIRONMENT_CACHE + ", " + STOP_LIMIT
                            + ", " + REGION_PREFIX + ", "
                            + String.join(", ", WITHOUT_EFFECT.keySet().stream().sorted().toList()) + ")");
                }
            }
        }
    }

    private static @Nullable Path cache(Map<String, String> settings) throws InferenceException {
        String value = settings.get(ENVIRONMENT_CACHE);
        if (value == null) {
            return null;
        }
        try {
            if (!value.isBlank()) {
                return Path.of(value);
            }
        } catch (InvalidPathException _) {
            // said below
        }
        throw invalid(ENVIRONMENT_CACHE, value, "the path of a folder, which is made if it is not there");
    }

    private static boolean flag(Map<String, String> settings, String key) throws InferenceException {
        String value = settings.getOrDefault(key, "false");
        return switch (value) {
            case "true", "1" -> true;
            case "false", "0" -> false;
            default -> throw invalid(key, value, "true or false");
        };
    }

    private static long number(String key, String value, long least) throws InferenceException {
        try {
            long number = Long.parseLong(value.strip());
            if (number >= least) {
                return number;
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw invalid(key, value, "a number, " + least + " or more");
    }

    private static InferenceException invalid(String key, String value, String expected) {
        return new InferenceException(ErrorCode.INVALID_ARG,
                "--backend-config python," + key + "=" + value + ": expected " + expected);
    }
}
