package gourmetgram.classify;

import gourmetgram.v2.ModelServerClient;
import gourmetgram.v2.WireTensor;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.jspecify.annotations.Nullable;

import java.util.Base64;
import java.util.List;

/**
 * A model of a model server. What is to be sent is asked of the server with the first photograph: the file, or the
 * tensor that is made of it here. Owns the client and the models.
 */
public final class ServedClassifier implements FoodClassifier {
    private final ModelServerClient client;
    private final String model;
    private final EmbeddedModels here;
    /** Null until it was asked, and after an error: another model may have come in its place. */
    private volatile @Nullable FoodModel known;

    /**
     * Asks that model.
     *
     * @param here makes tensors of photographs
     */
    public ServedClassifier(ModelServerClient client, String model, EmbeddedModels here) {
        this.client = client;
        this.model = model;
        this.here = here;
    }

    @Override
    public Prediction classify(byte[] photograph, Steps steps) throws InferenceException, InterruptedException {
        FoodModel wants = known;
        if (wants == null) {
            wants = steps.time("ask what the model takes", this::ask);
        }
        try {
            return switch (wants) {
                case FoodModel.Photographs photographs -> steps.time("ask the model server",
                        () -> sendFile(photographs, photograph));
                case FoodModel.Tensors tensors -> sendTensor(tensors, photograph, steps);
            };
        } catch (InferenceException e) {
            known = null;
            throw e;
        }
    }

    private FoodModel ask() throws InferenceException, InterruptedException {
        FoodModel answer = FoodModel.of(model, client.signature(model));
        known = answer;
        return answer;
    }

    private Prediction sendFile(FoodModel.Photographs wants, byte[] photograph)
            throws InferenceException, InterruptedException {
        WireTensor input = WireTensor.ofOne(wants.input().name(), wants.input().shapeOfOne(),
                Base64.getEncoder().encode(photograph));
        List<WireTensor> answer = client.infer(model, input, List.of(wants.label().name(), wants.probability().name()));
        return Prediction.of(answer.getFirst().firstText(), first(answer.getLast()));
    }

    private static float first(WireTensor tensor) throws InferenceException {
        float[] numbers = tensor.floats();
        if (numbers.length == 0) {
            throw new InferenceException(ErrorCode.INTERNAL, "the model server's '" + tensor.name() + "' is empty");
        }
        return numbers[0];
    }

    private Prediction sendTensor(FoodModel.Tensors wants, byte[] photograph, Steps steps)
            throws InferenceException, InterruptedException {
        float[] pixels = steps.time("prepare the photograph", () -> here.pixels(photograph));
        WireTensor input = WireTensor.of(wants.input().name(), wants.input().shapeOfOne(), pixels);
        float[] logits = steps.time("ask the model server",
                () -> client.infer(model, input, List.of(wants.logits().name())).getFirst().floats());
        return steps.time("choose the label", () -> FoodLabels.likeliest(logits));
    }

    @Override
    public void check() throws InferenceException, InterruptedException {
        FoodModel.of(model, client.signature(model));
    }

    @Override
    public String description() {
        return model + " at the model server " + client.address();
    }

    @Override
    public void close() {
        client.close();
        here.close();
    }
}
