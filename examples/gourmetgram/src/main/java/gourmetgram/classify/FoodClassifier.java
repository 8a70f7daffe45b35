package gourmetgram.classify;

import io.nereid.inference.InferenceException;

/** Names the food on photographs. Thread-safe; blocks the thread that asks, at most for some tens of seconds. */
public interface FoodClassifier extends AutoCloseable {
    /**
     * Names what is on a photograph.
     *
     * @param photograph a JPEG, PNG, WebP or BMP file
     * @param steps where the parts and their times are noted
     * @throws InferenceException INVALID_ARG if it is no photograph, UNAVAILABLE if trying again may help
     */
    Prediction classify(byte[] photograph, Steps steps) throws InferenceException, InterruptedException;

    /**
     * Asks whether it can answer now.
     *
     * @throws InferenceException why it cannot
     */
    void check() throws InferenceException, InterruptedException;

    /** What answers and where, for a person to read. */
    String description();

    @Override
    void close();
}
