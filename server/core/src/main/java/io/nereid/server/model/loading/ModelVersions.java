package io.nereid.server.model.loading;

import io.nereid.backend.Abandonment;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.ModelFiles;
import io.nereid.modelrepo.RepositoryModel;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigCompletion;
import io.nereid.server.model.StepCalls;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Makes the loaders of models' versions.
 *
 * @param backends what runs them
 * @param schedulers what gives them work
 * @param steps how ensembles ask the models that they are made of
 * @param autoComplete whether backends may fill in what configurations leave out
 * @param cpuInsteadOfGpus whether models that ask for GPUs run on the CPU where there are none
 * @param retries how often a version that fails to load is tried again
 * @param exiting whether the server is exiting
 */
public record ModelVersions(Backends backends, SchedulerFactory schedulers, StepCalls steps,
        boolean autoComplete,
        boolean cpuInsteadOfGpus,
        int retries, BooleanSupplier exiting) {
    /** How often a version is tried to load. */
    LoadAttempts attempts(Abandonment abandonment) {
        return new LoadAttempts(retries, () -> exiting.getAsBoolean() || abandonment.isAbandoned());
    }

    /**
     * The complete configuration of a model as far as it is known without loading it; of an ensemble without what it has
     * of the models that it is made of, which is whether it is decoupled.
     *
     * @param files where it lies
     * @return null where only a load can tell
     * @throws InferenceException if it cannot be completed
     */
    public @Nullable ModelConfig completeWithoutLoading(RepositoryModel model, ModelFiles files)
            throws InferenceException {
        if (model.config().isEnsemble()) {
            return ModelConfigCompletion.complete(model.config(), List.of(), List.of());
        }
        boolean asksTheModel = autoComplete
                && backends.named(model.config().backend()).completesByLoading(model.config());
        return asksTheModel ? null : loader(model, files).completeConfig();
    }

    /**
     * Finds what the load of a model would fail by, as far as its configuration and the presence of its files say it.
     *
     * @param files where it lies
     * @throws InferenceException what it would fail by
     */
    public void check(RepositoryModel model, ModelFiles files) throws InferenceException {
        if (!model.config().isEnsemble()) {
            loader(model, files).check();
        }
    }

    /** A loader of the versions of one model that is no ensemble, whose files they hold until they are closed. */
    public ModelVersionLoader loader(RepositoryModel model, ModelFiles files) {
        return loader(model, files, new Abandonment());
    }

    /** The same, which ends early where the backend can once nobody wants the model any more. */
    public ModelVersionLoader loader(RepositoryModel model, ModelFiles files, Abandonment abandonment) {
        return new ModelVersionLoader(model, files, this, abandonment);
    }
}
