package io.nereid.backend.onnxruntime.binding;

import io.nereid.inference.DataType;
import io.nereid.inference.Shape;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What a model says of one of its inputs or outputs.
 *
 * @param name its name in the model
 * @param isTensor whether it is a tensor; a sequence or a map is not, and has no type and shape here
 * @param elementType ONNX's number for the element type
 * @param shape the dimensions, {@link Shape#ANY} where the model leaves them open
 * @param symbols for each dimension the model's name for its size, empty where it has none
 */
public record TensorSignature(String name, boolean isTensor, int elementType, Shape shape, List<String> symbols) {
    /** The element type, or null where the protocol has no such type. */
    public @Nullable DataType dataType() {
        return isTensor ? ElementType.dataType(elementType) : null;
    }
}
