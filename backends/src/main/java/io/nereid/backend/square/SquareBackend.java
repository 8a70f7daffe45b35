package io.nereid.backend.square;

import io.nereid.backend.Backend;
import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.BackendModel;
import io.nereid.backend.DecoupledSignature;
import io.nereid.backend.InstancePlacement;
import io.nereid.backend.ModelVersion;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.DataType;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelInput;
import io.nereid.modelrepo.config.ModelOutput;
import io.nereid.scheduler.instance.ModelInstance;

import java.util.List;

/**
 * Answers the number {@code IN} with that many responses, in each of which {@code OUT} is that number; with none if it is
 * not positive (docs/compatibility.md). It needs no file.
 */
public final class SquareBackend implements Backend {
    private static final DecoupledSignature SIGNATURE = new DecoupledSignature("square",
            List.of(ModelInput.of("IN", DataType.INT32, List.of(1L))),
            List.of(ModelOutput.of("OUT", DataType.INT32, List.of(1L))));

    private final BackendEnvironment environment;

    /** A backend whose responses lie in the environment's memory. */
    public SquareBackend(BackendEnvironment environment) {
        this.environment = environment;
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
        return new BackendModel() {
            @Override
            public ModelInstance createInstance(InstancePlacement placement) {
                return new SquareInstance(placement, environment.memory());
            }

            @Override
            public void close() {
                // There is nothing that instances share.
            }
        };
    }

    @Override
    public void close() {
        // There is nothing that models share.
    }
}
