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
import java.util.ArrayList;
import java.util.List;

/**
 * Answers with what it was asked: output number i of the configuration is input number i, of any type and shape. The
 * parameter {@code execute_delay_ms} makes every execution take that long. It needs no file.
 */
public final class IdentityBackend implements Backend {
    private static final String DELAY = "execute_delay_ms";

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
        return new IdentityModel(pairs(config), delay(config));
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

    private static Duration delay(ModelConfig config) throws InferenceException {
        String value = config.parameters().getOrDefault(DELAY, "0");
        try {
            Duration delay = Duration.ofMillis(Long.parseLong(value.strip()));
            if (!delay.isNegative()) {
                return delay;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw unable(config, "parameter '" + DELAY + "' is '" + value + "' (expected a number, 0 or more)");
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
