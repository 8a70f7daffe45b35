package io.nereid.backend.pooling;

import io.nereid.backend.Backend;
import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.BackendModel;
import io.nereid.backend.FunctionModel;
import io.nereid.backend.ModelVersion;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.InstanceGroupConfig;
import io.nereid.modelrepo.config.ModelConfig;

import java.util.List;

/**
 * Makes one vector of those of a text's tokens (docs/embeddings.md). Of a model it needs no file.
 */
public final class PoolingBackend implements Backend {
    private final BackendEnvironment environment;

    /** A backend whose responses lie in the environment's memory. */
    public PoolingBackend(BackendEnvironment environment) {
        this.environment = environment;
    }

    @Override
    public String name() {
        return PoolingSettings.BACKEND;
    }

    /** One, on the CPU: a row takes microseconds. */
    @Override
    public List<InstanceGroupConfig> preferredGroups() {
        return List.of(InstanceGroupConfig.of(InstanceGroupConfig.Kind.CPU, 1, List.of()));
    }

    @Override
    public BackendModel load(ModelVersion version, ModelConfig config) throws InferenceException {
        return new FunctionModel(new VectorPooling(PoolingSettings.of(config), environment.memory()));
    }

    @Override
    public void close() {
        // There is nothing that models share.
    }
}
