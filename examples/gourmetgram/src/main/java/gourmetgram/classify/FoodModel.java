package gourmetgram.classify;

import gourmetgram.v2.Signature;
import gourmetgram.v2.Signature.TensorInfo;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.jspecify.annotations.Nullable;

import java.util.List;

/** What a model of a server wants to be sent, as its signature shows. */
sealed interface FoodModel {
    /** It takes the file of a photograph in base64, and gives a label and a probability. */
    record Photographs(TensorInfo input, TensorInfo label, TensorInfo probability) implements FoodModel {}

    /** It takes the tensor of a photograph, and gives a number for each label. */
    record Tensors(TensorInfo input, TensorInfo logits) implements FoodModel {}

    /**
     * What a model wants.
     *
     * @throws InferenceException UNSUPPORTED if that is something else
     */
    static FoodModel of(String model, Signature signature) throws InferenceException {
        if (signature.inputs().size() == 1) {
            TensorInfo input = signature.inputs().getFirst();
            TensorInfo text = first(signature.outputs(), "BYTES");
            TensorInfo numbers = first(signature.outputs(), "FP32");
            if (input.datatype().equals("BYTES") && text != null && numbers != null) {
                return new Photographs(input, text, numbers);
            }
            if (input.datatype().equals("FP32") && endsWith(input.shape(), List.of(3L, 224L, 224L)) && numbers != null
                    && endsWith(numbers.shape(), List.of((long) FoodLabels.ALL.size()))) {
                return new Tensors(input, numbers);
            }
        }
        throw new InferenceException(ErrorCode.UNSUPPORTED, "model '" + model + "': got inputs " + signature.inputs()
                + " and outputs " + signature.outputs()
                + " (expected one input of BYTES, and outputs of BYTES and FP32;"
                + " or one input of FP32 [3, 224, 224], and an output of FP32 [" + FoodLabels.ALL.size() + "])");
    }

    private static @Nullable TensorInfo first(List<TensorInfo> tensors, String datatype) {
        return tensors.stream().filter(tensor -> tensor.datatype().equals(datatype)).findFirst().orElse(null);
    }

    private static boolean endsWith(List<Long> shape, List<Long> end) {
        return shape.size() >= end.size() && shape.subList(shape.size() - end.size(), shape.size()).equals(end);
    }
}
