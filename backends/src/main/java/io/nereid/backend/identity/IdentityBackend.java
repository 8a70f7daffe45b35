package io.nereid.backend.identity;

import io.nereid.backend.Backend;
import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.BackendModel;
import io.nereid.backend.InstancePlacement;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.Sleeper;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelInput;
import io.nereid.modelrepo.config.ModelOutput;
import io.nereid.scheduler.instance.ModelInstance;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * Answers with what it was asked: output number i of the configuration is input number i, of any type and shape. The
 * parameter {@code execute_delay_ms} makes every execution take that long, {@code creation_delay_sec} the loading of a
 * version. It needs no file.
 */
public final class IdentityBackend implements Backend {
    private static final String EXECUTE_DELAY = "execute_delay_ms";
    private static final String CREATION_DELAY = "creation_delay_sec";

    private final BackendEnvironment environment;
    private final Sleeper sleeper;

    /** A backend whose delays really take their time. */
    public IdentityBackend(BackendEnvironment environment) {
        this(environment, Sleeper.SYSTEM);
    }

    /** A backend whose delays are what {@code sleeper} makes of them. */
    public IdentityBackend(BackendEnvironment environment, Sleeper sleeper) {
        this.environment = environment;
        this.sleeper = sleeper;
    }

    @Override
    public String name() {
        return "identity";
    }

    @Override
    public BackendModel load(ModelVersion version, ModelConfig config) throws InferenceException {
        List<Pair> pairs = pairs(config);
        Duration executeDelay = delay(config, EXECUTE_DELAY, ChronoUnit.MILLIS);
        sleep(config, delay(config, CREATION_DELAY, ChronoUnit.SECONDS));
        return new IdentityModel(pairs, executeDelay);
    }

    private void sleep(ModelConfig config, Duration creationDelay) throws InferenceException {
        try {
            if (creationDelay.isPositive()) {
                sleeper.sleep(creationDelay);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new InferenceException(ErrorCode.UNAVAILABLE,
                    "unable to load model '" + config.name() + "', the server is stopping");
        }
    }

    @Override
    public void close() {
        // There is nothing that models share.
    }

    private static List<Pair> pairs(ModelConfig config) throws InferenceException {
        List<ModelInput> inputs = config.inputs();
        List<ModelOutput> outputs = config.outputs();
        if (inputs.size() != outputs.size()) {
            throw unable(config, "configuration has " + inputs.size() + " inputs and " + outputs.size()
                    + " outputs (expected as many of both)");
        }
        List<Pair> pairs = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            ModelInput input = inputs.get(i);
            ModelOutput output = outputs.get(i);
            DataType dataType = DataType.named(input.dataType().wireName());
            if (dataType == null || input.dataType() != output.dataType()) {
                throw unable(config, "input '" + input.name() + "' and output '" + output.name()
                        + "' must have the same datatype, got " + input.dataType().configName() + " and "
                        + output.dataType().configName());
            }
            pairs.add(new Pair(input.name(), output.name(), dataType, input.optional()));
        }
        return List.copyOf(pairs);
    }

    private static Duration delay(ModelConfig config, String parameter, TemporalUnit unit) throws InferenceException {
        String value = config.parameters().getOrDefault(parameter, "0");
        try {
            Duration delay = Duration.of(Long.parseLong(value.strip()), unit);
            if (!delay.isNegative()) {
                return delay;
            }
        } catch (NumberFormatException | ArithmeticException _) {
            // said below
        }
        throw unable(config, "parameter '" + parameter + "' is '" + value + "' (expected a number, 0 or more)");
    }

    private static InferenceException unable(ModelConfig config, String why) {
        return new InferenceException(ErrorCode.INVALID_ARG, "unable to load model '" + config.name() + "', " + why);
    }

    /** An input and the output that repeats it. */
    record Pair(String input, String output, DataType dataType, boolean optional) {}

    private final class IdentityModel implements BackendModel {
        private final List<Pair> pairs;
        private final Duration delay;

        IdentityModel(List<Pair> pairs, Duration delay) {
            this.pairs = pairs;
            this.delay = delay;
        }

        @Override
        public ModelInstance createInstance(InstancePlacement placement) {
            return new IdentityInstance(placement, pairs, delay, sleeper, environment.memory());
        }

        @Override
        public void close() {
            // There is nothing that instances share.
        }
    }
}
