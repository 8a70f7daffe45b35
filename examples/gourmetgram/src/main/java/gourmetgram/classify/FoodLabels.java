package gourmetgram.classify;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

import java.util.List;

/** The groups of Food-11, in the order of the network's outputs. */
public final class FoodLabels {
    /** The label of each output. */
    public static final List<String> ALL = List.of("Bread", "Dairy product", "Dessert", "Egg", "Fried food", "Meat",
            "Noodles/Pasta", "Rice", "Seafood", "Soup", "Vegetable/Fruit");

    private FoodLabels() {}

    /**
     * The likeliest label: the largest of the softmax over the network's outputs.
     *
     * @throws InferenceException INTERNAL if there are not as many as labels, or one is no finite number
     */
    public static Prediction likeliest(float[] logits) throws InferenceException {
        if (logits.length != ALL.size()) {
            throw new InferenceException(ErrorCode.INTERNAL,
                    "the model gave " + logits.length + " numbers (expected " + ALL.size() + ", one for each label)");
        }
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return Prediction.of(ALL.get(best), 1 / sumOfExponentials(logits, logits[best]));
    }

    /** With the largest taken away from each, so that none is too large. */
    private static double sumOfExponentials(float[] logits, float largest) {
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp((double) logit - largest);
        }
        return sum;
    }
}
