package io.nereid.backend.repeat;

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

import java.util.List;

/**
 * Answers with the elements of {@code IN}, one response for each, after the delays that {@code DELAY} says; the
 * execution itself takes as long as {@code WAIT} says (docs/compatibility.md). If the model is not decoupled, {@code
 * IN} has one element, and the only response comes when both have passed. It needs no file.
 */
public final class RepeatBackend implements Backend {
    private static final DecoupledSignature SIGNATURE = new DecoupledSignature("repeat",
            List.of(ModelInput.of("IN", DataType.INT32, List.of(-1L)),
                    ModelInput.of("DELAY", DataType.UINT32, List.of(-1L)),
                    ModelInput.of("WAIT", DataType.UINT32, List.of(1L))),
            List.of(ModelOutput.of("OUT", DataType.INT32, List.of(1L)),
                    ModelOutput.of("IDX", DataType.UINT32, List.of(1L))));

    private final BackendEnvironment environment;
    private final Sleeper sleeper;

    /** A backend whose delays really take their time. */
    public RepeatBackend(BackendEnvironment environment) {
        this(environment, Sleeper.SYSTEM);
    }

    /** A backend whose delays are what {@code sleeper} makes of them. */
    public RepeatBackend(BackendEnvironment environment, Sleeper sleeper) {
        this.environment = environment;
        this.sleeper = sleeper;
    }

    @Override
    public String name() {
        return "repeat";
    }

    @Override
    public boolean supportsDecoupled() {
        return true;
    }

    @Override
    public BackendModel load(ModelVersion version, ModelConfig config) throws InferenceException {
        SIGNATURE.check(config);
        return new IndependentInstances(
                placement -> new RepeatInstance(placement, config.decoupled(), sleeper, environment.memory()));
    }

    @Override
    public void close() {
        // There is nothing that models share.
    }
}
