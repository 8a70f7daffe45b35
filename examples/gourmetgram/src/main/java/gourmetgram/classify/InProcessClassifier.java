package gourmetgram.classify;

import io.nereid.inference.InferenceException;

/** The model in this process: no request leaves it. Owns the models. */
public final class InProcessClassifier implements FoodClassifier {
    private final EmbeddedModels models;

    /** With models of which one makes tensors of photographs and one is the network. */
    public InProcessClassifier(EmbeddedModels models) {
        this.models = models;
    }

    @Override
    public Prediction classify(byte[] photograph, Steps steps) throws InferenceException, InterruptedException {
        float[] pixels = steps.time("prepare the photograph", () -> models.pixels(photograph));
        float[] logits = steps.time("run the model", () -> models.logits(pixels));
        return steps.time("choose the label", () -> FoodLabels.likeliest(logits));
    }

    @Override
    public void check() {
        // It was loaded before the first request could come.
    }

    @Override
    public String description() {
        return EmbeddedModels.NETWORK + " in this process";
    }

    @Override
    public void close() {
        models.close();
    }
}
