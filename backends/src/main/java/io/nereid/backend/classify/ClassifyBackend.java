package io.nereid.backend.classify;

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
 * Answers logits with the labels of the likeliest classes and their probabilities (docs/images.md). Of a model it needs
 * the file with the labels only.
 */
public final class ClassifyBackend implements Backend {
    private final BackendEnvironment environment;

    /** A backend whose responses lie in the environment's memory. */
    public ClassifyBackend(BackendEnvironment environment) {
        this.environment = environment;
    }

    @Override
    public String name() {
        return ClassifySettings.BACKEND;
    }

    /** One, on the CPU: a row takes microseconds. */
    @Override
    public List<InstanceGroupConfig> preferredGroups() {
        return List.of(InstanceGroupConfig.of(InstanceGroupConfig.Kind.CPU, 1, List.of()));
    }

    @Override
    public ModelConfig complete(ModelVersion version, ModelConfig config) throws InferenceException {
        return ClassifySettings.complete(version, config);
    }

    @Override
    public BackendModel load(ModelVersion version, ModelConfig config) throws InferenceException {
        return new FunctionModel(new Classification(ClassifySettings.of(version, config), environment.memory()));
    }

    @Override
    public void close() {
        // There is nothing that models share.
    }
}
