package io.nereid.server.ondemand;

import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.server.model.ModelDemand;
import io.nereid.server.model.control.LoadOverride;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.CompletableFuture;

/** How models are loaded, unloaded and measured. Thread-safe. */
interface ModelLoading {
    /**
     * Loads a model with those that it needs; returns when it is served. Blocks.
     *
     * @throws InferenceException why it cannot be loaded
     */
    void load(String model, LoadOverride override) throws InferenceException;

    /**
     * Looks for what a load of the model would fail by, as far as that is seen without one: what its configuration says,
     * and whether its files are there. Blocks.
     *
     * @throws InferenceException what it would fail by
     */
    void check(String model) throws InferenceException;

    /** Takes a model out of service; blocks, but not for its last request. */
    void unload(String model);

    /** Done when nothing is left of what was taken out of service of a model. */
    CompletableFuture<Void> closed(String model);

    /** The configuration that its highest version runs with; null if none is served. */
    @Nullable
    ModelConfig config(String model);

    /** Whether a version of it is served. */
    boolean isServed(String model);

    /** Whether requests to it are under way. Does not block. */
    boolean isBusy(String model);

    /** Whether sequences are open that it keeps. Does not block. */
    boolean keepsSequences(String model);

    /** Bytes that it holds now; 0 where nobody can say. May take a millisecond. */
    long memoryBytes(String model);

    /**
     * Gives a version to a request that waits for it, or tells it why that cannot be. Does not block.
     *
     * @return whether it was given or told anything; false if no version of the model is served
     */
    boolean handOver(String model, String version, ModelDemand.Waiter to);
}
