package io.nereid.backend;

import io.nereid.inference.Cancellation;
import io.nereid.inference.InferenceException;
import io.nereid.inference.ResponseListener;

import java.lang.foreign.MemorySegment;
import java.util.Map;

/**
 * What a model may ask of the server that runs it. Thread-safe. It may be asked from the moment a model is created on;
 * before the server has started, and while it stops, the answer is an error.
 */
public interface ModelServices {
    /**
     * Starts an inference on a model of this server. Never blocks and never throws: whatever goes wrong is the
     * listener's error, in the words that a {@code model.py} may rely on. The server owns the call's memory from here
     * on. The listener may be called before this returns, on the caller's thread; it owns the responses, whose memory
     * counts against the server's limits until it is released. It slows a decoupled model down by blocking in a
     * response that is not the last, as {@link ResponseListener} says.
     *
     * @return what cancels it; the listener receives the end all the same
     */
    Cancellation infer(ModelCall call, ResponseListener listener);

    /**
     * Loads a model, or loads it anew. Blocks until it is ready; so on no thread that the model needs to load.
     *
     * @param waiting the model whose instance is being made and waits for this, so that its own load does; empty for none
     * @param config the configuration as JSON in place of the repository's; empty for that
     * @param files all files of the model by their paths ({@code file:1/model.onnx}, as in a load request of the
     *     protocol); empty for those of the repository. Copied before this returns, and the caller's all the while
     * @throws InferenceException if it cannot be loaded, or this server does not load models on demand, or its load waits
     *     for that of the waiting model
     */
    void load(String waiting, String model, String config, Map<String, MemorySegment> files) throws InferenceException;

    /**
     * Begins to unload a model and returns: a model may unload itself.
     *
     * @param dependents whether the models go too that only this one needs
     * @throws InferenceException if this server does not unload models on demand
     */
    void unload(String model, boolean dependents) throws InferenceException;

    /**
     * Whether a version of a model is ready, and says so itself where it has something to say to that, as a client that
     * asks is answered. Blocks for up to eight seconds; so on no thread that the model needs to answer.
     *
     * @param version its number in decimal digits; empty for the highest that is ready
     * @throws InferenceException INVALID_ARG if the version is no number
     */
    boolean isReady(String model, String version) throws InferenceException;

    /** Opens the way to metrics of its own for an instance, which closes it at its end. */
    ModelMetrics openMetrics();
}
