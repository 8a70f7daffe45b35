package io.nereid.server.model;

import io.nereid.modelrepo.ModelFiles;
import io.nereid.modelrepo.RepositoryModel;

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
    LoadAttempts attempts() {
        return new LoadAttempts(retries, exiting);
    }

    /** A loader of the versions of one model that is no ensemble, whose files they hold until they are closed. */
    ModelVersionLoader loader(RepositoryModel model, ModelFiles files) {
        return new ModelVersionLoader(model, files, this);
    }
}
