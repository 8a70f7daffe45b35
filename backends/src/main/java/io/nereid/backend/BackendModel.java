package io.nereid.backend;

import io.nereid.inference.InferenceException;
import io.nereid.scheduler.instance.ModelInstance;

/** A version of a model, loaded. Thread-safe: instances may be created at the same time, and at any time later. */
public interface BackendModel extends AutoCloseable {
    /**
     * Creates one instance, which the caller owns and closes before the model. Blocks, possibly for long.
     *
     * @throws InferenceException if the model cannot run there, or does not fit its configuration
     */
    ModelInstance createInstance(InstancePlacement placement) throws InferenceException;

    /** Gives back what the instances share; called after they are closed. */
    @Override
    void close();
}
