package io.nereid.server.model;

import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;

import java.util.List;

/** What clients may do with the model repository. Thread-safe; every method blocks, and none is for an event loop. */
public interface ModelControl {
    /**
     * The models of the repository and what is served of them, by name and version; conflicts of names among them.
     *
     * @param readyOnly only the versions that are ready
     * @throws InferenceException INTERNAL if the repository cannot be read
     */
    List<RepositoryIndexEntry> index(boolean readyOnly) throws InferenceException;

    /**
     * Whether a model of that name may be loaded by a client at all; to be asked before anything that comes with the
     * request is kept. Does not block.
     *
     * @throws InferenceException UNAVAILABLE if clients do not control models here, INVALID_ARG if it is no model's
     *     name
     */
    void checkLoadable(String model) throws InferenceException;

    /**
     * Loads a model, or loads it again if anything of it has changed; returns when that is done. What was served before
     * is served until then, and stays so if this throws.
     *
     * @param override what takes the place of parts of the repository, for this time; its files are taken or deleted
     * @throws InferenceException UNAVAILABLE if clients do not control models here; INVALID_ARG, INTERNAL if the model
     *     cannot be loaded
     */
    void load(String model, LoadOverride override) throws InferenceException;

    /** {@link #unload(String, boolean)} of a model alone: those that an ensemble is made of stay. */
    default void unload(String model) throws InferenceException {
        unload(model, false);
    }

    /**
     * Takes a model out of service, with the ensembles that need it, and returns before the last of their requests has
     * ended. Without effect for one that is not served.
     *
     * @param steps whether the models of an ensemble go too that were not loaded by name and that no other one needs
     * @throws InferenceException UNAVAILABLE if clients do not control models here
     */
    void unload(String model, boolean steps) throws InferenceException;
}
