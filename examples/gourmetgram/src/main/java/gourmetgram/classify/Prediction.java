package gourmetgram.classify;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

/**
 * What is on a photograph.
 *
 * @param label the group of food
 * @param probability from 0 to 1
 */
public record Prediction(String label, double probability) {
    public Prediction {
        if (!isProbability(probability)) {
            throw new IllegalArgumentException(wrongProbability(probability));
        }
    }

    /**
     * What a model of another process has said.
     *
     * @throws InferenceException INTERNAL if that is no probability
     */
    public static Prediction of(String label, double probability) throws InferenceException {
        if (!isProbability(probability)) {
            throw new InferenceException(ErrorCode.INTERNAL, wrongProbability(probability));
        }
        return new Prediction(label, probability);
    }

    /** NaN is none. */
    private static boolean isProbability(double value) {
        return value >= 0 && value <= 1;
    }

    private static String wrongProbability(double value) {
        return "probability: got " + value + " (expected 0 to 1)";
    }
}
