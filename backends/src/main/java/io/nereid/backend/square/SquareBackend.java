package io.nereid.backend.square;

import io.nereid.backend.Backend;
import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.BackendModel;
import io.nereid.backend.DecoupledSignature;
import io.nereid.backend.IndependentInstances;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.Sleeper;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.DataType;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelInput;
import io.nereid.modelrepo.config.ModelOutput;

import java.time.Duration;
import java.util.List;

/**
 * Answers the number {@code IN} with that many responses, in each of which {@code OUT} is that number; with none if it
 * is not positive (docs/compatibility.md). The parameters {@code CUSTOM_INFER_DELAY_NS} and {@code
 * CUSTOM_OUTPUT_DELAY_NS} make each response take time. If the model is not decoupled, {@code IN} is 1. It needs no
 * file.
 */
public final class SquareBackend implements Backend {
    private static final DecoupledSignature SIGNATURE = new DecoupledSignature("square",
            List.of(ModelInput.of("IN", DataType.INT32, List.of(1L))),
            List.of(ModelOutput.of("OUT", DataType.INT32, List.of(1L))));

    private final BackendEnvironment environment;
    private final Sleeper sleeper;

    /** A backend whose responses lie in the environment's memory, and whose delays really take their time. */
    public SquareBackend(BackendEnvironment environment) {
        this(environment, Sleeper.SYSTEM);
    }

    /** A backend whose delays are what {@code sleeper} makes of them. */
    public SquareBackend(BackendEnvironment environment, Sleeper sleeper) {
        this.environment = environment;
        this.sleeper = sleeper;
    }

    @Override
    public String name() {
        return "square";
    }

    @Override
    public boolean supportsDecoupled() {
        return true;
    }

    @Override
    public BackendModel load(ModelVersion version, ModelConfig config) throws InferenceException {
        SIGNATURE.check(config);
        Duration inferDelay = delay(config, "CUSTOM_INFER_DELAY_NS");
        Duration outputDelay = delay(config, "CUSTOM_OUTPUT_DELAY_NS");
        for (String parameter : List.of("CUSTOM_FAIL_COUNT", "CUSTOM_EMPTY_COUNT")) {
            if (number(config, parameter) != 0) {
                throw SIGNATURE.unable(config, "parameter '" + parameter + "' is '" + number(config, parameter)
                        + "' (expected 0: responses that fail or are empty are not built)");
            }
        }
        return new IndependentInstances(placement -> new SquareInstance(placement, config.decoupled(), inferDelay,
                outputDelay, sleeper, environment.memory()));
    }

    private static Duration delay(ModelConfig config, String parameter) throws InferenceException {
        return Duration.ofNanos(number(config, parameter));
    }

    private static long number(ModelConfig config, String parameter) throws InferenceException {
        String value = config.parameters().getOrDefault(parameter, "0");
        try {
            long number = Long.parseLong(value.strip());
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException _) {
            // said below
        }
        throw SIGNATURE.unable(config, "parameter '" + parameter + "' is '" + value
                + "' (expected a number, 0 or more)");
    }

    @Override
    public void close() {
        // There is nothing that models share.
    }
}
