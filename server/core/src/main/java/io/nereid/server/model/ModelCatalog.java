package io.nereid.server.model;

import io.nereid.inference.CorrelationId;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;

import java.util.List;

/** The models that can be asked for, as front ends see them. Thread-safe; no method blocks but {@link #awaitReady} and
 * {@link #describe}. */
public interface ModelCatalog {
    /**
     * Whether the server has started or still may; one whose start has failed and that answers all the same is not
     * live.
     */
    boolean isLive();

    /** Whether every model is ready that has to be for the server to be, and nobody was asked to go elsewhere. */
    boolean isReady();

    /** Whether the server is exiting. */
    boolean isStopping();

    /**
     * A ready version of a model, held for the caller, who releases it.
     *
     * @param version its number in decimal digits; empty for the highest that is ready; an alias for the one that gets
     *     most of its requests
     * @throws InferenceException NOT_FOUND, UNAVAILABLE or INVALID_ARG, in Triton's words
     */
    ModelHandle<ServedModel> acquire(String model, String version) throws InferenceException;

    /**
     * {@link #acquire} of the version that runs a request: of an alias the one whose turn it is, which counts. Where
     * that may hang on the request's sequence ({@link #choosesBySequence}), none is chosen yet.
     */
    ModelHandle<ServedModel> acquireForRequest(String model, String version) throws InferenceException;

    /** Whether a request to that version, which has been found to be {@code found}, is to be asked for its sequence. */
    boolean choosesBySequence(ModelHandle<ServedModel> found, String version);

    /**
     * The version of an alias where a sequence is open, or, if it is open nowhere, the one whose turn it is; held for the
     * caller.
     *
     * @throws InferenceException as {@link #acquire} says
     */
    ModelHandle<ServedModel> acquireForSequence(String model, String alias, CorrelationId id) throws InferenceException;

    /** Whether a model has an alias of that name. */
    boolean isAlias(String model, String name);

    /** What each version of a model gets of each of its aliases, by alias and version; none for one without. */
    List<AliasShare> aliasShares(String model);

    /**
     * The ready versions that a request may come to, ascending: all for an empty {@code version}, those of an alias, or the
     * one of that number.
     */
    List<Long> versions(String model, String version) throws InferenceException;

    /**
     * {@link #checkReady}, and then asks the model itself, where it has something to say to that. Blocks for up to eight
     * seconds: not for an event loop, nor for a thread that the model needs to answer.
     *
     * @throws InferenceException as {@link #checkReady} says, and UNAVAILABLE if the model says that it is not ready, or
     *     does not answer
     */
    void awaitReady(String model, String version) throws InferenceException;

    /**
     * Whether a version of a model can run a request now; returns if it can.
     *
     * @param version its number in decimal digits; empty for the highest that is ready
     * @throws InferenceException as {@link #acquire} says, and UNAVAILABLE while no instance of it is running
     */
    void checkReady(String model, String version) throws InferenceException;

    /**
     * What a model is like. A model that is loaded when it is asked for is not loaded for that, unless its files do not
     * say it: then this blocks.
     *
     * @param version its number in decimal digits; empty for the highest that is ready
     * @throws InferenceException as {@link #acquire} says
     */
    DescribedModel describe(String model, String version) throws InferenceException;

    /** All known models with their versions and states, as what is served knows them: no repository is read. */
    List<RepositoryIndexEntry> index();

    /** Those of one model; none of one that nobody knows. */
    List<RepositoryIndexEntry> index(String model);

    /** The ready versions of a model, ascending; none for an unknown one. */
    List<Long> readyVersions(String model);

    /** All ready versions of all models, held for the caller. */
    List<ModelHandle<ServedModel>> acquireAll();

    /**
     * The ready versions that statistics are asked of, held for the caller.
     *
     * @param version its number in decimal digits; empty for all
     * @throws InferenceException INVALID_ARG if there is none
     */
    List<ModelHandle<ServedModel>> acquireForStatistics(String model, String version) throws InferenceException;
}
