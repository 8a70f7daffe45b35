package io.nereid.backend.classify;

import io.nereid.backend.Backend;
import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.BackendModel;
import io.nereid.backend.InstancePlacement;
import io.nereid.backend.ModelVersion;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.InstanceGroupConfig;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.scheduler.instance.ModelInstance;

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
        ClassifySettings settings = ClassifySettings.of(version, config);
        return new BackendModel() {
            @Override
            public ModelInstance createInstance(InstancePlacement placement) {
                return new ClassifyInstance(placement, settings, environment.memory());
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
