package gourmetgram.v2;

import io.nereid.inference.InferenceException;

import java.time.Duration;
import java.util.List;

/** Asks a server of the v2 protocol. Thread-safe; blocks the thread that asks. */
public interface ModelServerClient extends AutoCloseable {
    /** How long an answer may take. */
    Duration PATIENCE = Duration.ofSeconds(30);

    /**
     * What a model takes and gives.
     *
     * @throws InferenceException UNAVAILABLE if the server does not answer, NOT_FOUND if it has no such model
     */
    Signature signature(String model) throws InferenceException, InterruptedException;

    /**
     * Runs a model with one input.
     *
     * @return its outputs of these names, in their order
     * @throws InferenceException what the server says, or UNAVAILABLE if it does not answer
     */
    List<WireTensor> infer(String model, WireTensor input, List<String> outputs)
            throws InferenceException, InterruptedException;

    /** Where the server is, for a person to read. */
    String address();

    @Override
    void close();
}
