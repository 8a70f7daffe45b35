package io.nereid.modelrepo.config;

import java.util.List;

/**
 * The last step of a configuration, after the backend has filled in what it knows: instance groups get their names,
 * kinds, counts and devices, and everything that is still missing is reported. Free of state; for all threads.
 */
public final class ModelConfigCompletion {

    private ModelConfigCompletion() {}

    /**
     * Completes a configuration.
     *
     * @param preferredGroups the instance groups that the backend proposes where the configuration has none, or no
     *     count
     * @param gpus the ids of the GPUs that the model may run on; empty if there are none
     * @return the configuration that the model is run with
     * @throws ModelConfigException with every problem that was found
     */
    public static ModelConfig complete(ModelConfig config, List<InstanceGroupConfig> preferredGroups,
            List<Integer> gpus) {
        return complete(config, preferredGroups, Gpus.of(gpus));
    }

    /**
     * Completes a configuration.
     *
     * @param preferredGroups the instance groups that the backend proposes where the configuration has none, or no
     *     count
     * @param gpus the GPUs that the model may run on
     * @return the configuration that the model is run with
     * @throws ModelConfigException with every problem that was found
     */
    public static ModelConfig complete(ModelConfig config, List<InstanceGroupConfig> preferredGroups, Gpus gpus) {
        ModelConfig complete = config.normalized();
        Problems problems = new Problems(config.name(), config.source(), List.of(), true);
        if (!complete.isEnsemble()) {
            InstanceGroups groups = new InstanceGroups(complete, preferredGroups, gpus);
            complete = complete.withInstanceGroups(groups.resolve());
            groups.validate(complete.instanceGroups(), problems);
        }
        BatchSizeValidator.validate(complete, problems);
        TensorValidator.validate(complete, problems);
        problems.throwIfAny();
        return complete;
    }
}
