package io.nereid.server.model.control;

import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

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
     * Loads a model, or loads it again if anything of it has changed; or one version of it, whatever its version policy
     * says. Returns when that is done. What was served before is served until then, and stays so if this throws.
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

    /**
     * Adds a directory to the model repository, whose models can be loaded from then on. It may be taken away without
     * a word: its models are not there then.
     *
     * @param names what models are served as, by their directories, where that is another name; what their
     *     configurations call them makes no difference
     * @throws InferenceException ALREADY_EXISTS if it is part of the repository; NOT_FOUND if there is no such
     *     directory; UNSUPPORTED if clients do not control models here; INVALID_ARG if a name cannot be a model's
     */
    void register(Path directory, Map<String, String> names) throws InferenceException;

    /**
     * Takes a directory out of the model repository that {@link #register} has added; what was loaded from it is
     * served on.
     *
     * @throws InferenceException NOT_FOUND if it was not registered; UNSUPPORTED if clients do not control models here
     */
    void unregister(Path directory) throws InferenceException;

    /**
     * Takes one version of a model out of service; the others stay. Ensembles that run on it run on another one from
     * then on, or go with it where they need this one. With the last version the model goes as a whole. Without effect
     * for one that is not served.
     *
     * @param steps as {@link #unload(String, boolean)} says, for the last version
     * @throws InferenceException UNAVAILABLE if clients do not control models here
     */
    void unload(String model, long version, boolean steps) throws InferenceException;
}
