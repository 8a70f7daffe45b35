package io.nereid.backend.python;

import io.nereid.backend.worker.OutputRules;
import io.nereid.backend.worker.WorkerModel;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfig;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Map;

/**
 * What the parameters of a model's configuration say to this backend.
 *
 * @param environment the value of {@code EXECUTION_ENV_PATH}; empty for none
 * @param executeTimeout how long an execution may take; null for as long as it takes
 * @param strictOutputs whether outputs that contradict the configuration are errors
 */
record ModelParameters(String environment, @Nullable Duration executeTimeout, boolean strictOutputs) {
    private static final String ENVIRONMENT = "EXECUTION_ENV_PATH";
    private static final String CPU_ONLY = "FORCE_CPU_ONLY_INPUT_TENSORS";

    /** @throws InferenceException if one of them makes no sense */
    static ModelParameters of(ModelConfig config) throws InferenceException {
        Map<String, String> parameters = config.parameters();
        String cpuOnly = parameters.getOrDefault(CPU_ONLY, "yes");
        if (!cpuOnly.equals("yes") && !cpuOnly.equals("no")) {
            throw new InferenceException(ErrorCode.UNSUPPORTED, "Incorrect value for " + CPU_ONLY + ": " + cpuOnly
                    + " (expected yes or no; inputs are in host memory either way)");
        }
        return new ModelParameters(parameters.getOrDefault(ENVIRONMENT, ""), timeout(config),
                flag(config, OutputRules.STRICT));
    }

    private static @Nullable Duration timeout(ModelConfig config) throws InferenceException {
        String value = config.parameters().get(WorkerModel.EXECUTE_TIMEOUT);
        if (value == null) {
            return null;
        }
        try {
            long millis = Long.parseLong(value.strip());
            if (millis > 0) {
                return Duration.ofMillis(millis);
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw invalid(config, WorkerModel.EXECUTE_TIMEOUT, value, "a number of milliseconds, 1 or more");
    }

    private static boolean flag(ModelConfig config, String name) throws InferenceException {
        String value = config.parameters().getOrDefault(name, "false");
        return switch (value) {
            case "true" -> true;
            case "false" -> false;
            default -> throw invalid(config, name, value, "true or false");
        };
    }

    private static InferenceException invalid(ModelConfig config, String name, String value, String expected) {
        return new InferenceException(ErrorCode.INVALID_ARG, "unable to load model '" + config.name() + "': parameters "
                + name + " is '" + value + "' (expected " + expected + ")");
    }
}
