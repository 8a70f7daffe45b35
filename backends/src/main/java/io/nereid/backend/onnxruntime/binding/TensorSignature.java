package io.nereid.backend.onnxruntime.binding;

import io.nereid.inference.DataType;
import io.nereid.inference.Shape;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What a model says of one of its inputs or outputs.
 *
 * @param name its name in the model
 * @param otherType what it is if it is no tensor, {@code a sequence of maps from INT64 to FLOAT}; empty for a tensor.
 *     What is none has no element type and no shape here
 * @param elementType ONNX Runtime's number for the element type
 * @param hasShape whether the model says how many dimensions it has; where it does not, {@code shape} has none
 * @param shape the dimensions, {@link Shape#ANY} where the model leaves them open
 * @param symbols for each dimension the model's name for its size, empty where it has none
 */
public record TensorSignature(String name, String otherType, int elementType, boolean hasShape, Shape shape,
        List<String> symbols) {
    /** A tensor of so many dimensions. */
    public static TensorSignature of(String name, int elementType, Shape shape, List<String> symbols) {
        return new TensorSignature(name, "", elementType, true, shape, symbols);
    }

    /** A tensor of any number of dimensions. */
    static TensorSignature ofAnyRank(String name, int elementType) {
        return new TensorSignature(name, "", elementType, false, Shape.SCALAR, List.of());
    }

    /** Something else than a tensor. */
    static TensorSignature ofOther(String name, String type) {
        return new TensorSignature(name, type, 0, false, Shape.SCALAR, List.of());
    }

    /** Whether it is a tensor, and not a sequence, a map or the like. */
    public boolean isTensor() {
        return otherType.isEmpty();
    }

    /** The element type, or null where the protocol has no such type. */
    public @Nullable DataType dataType() {
        return isTensor() ? ElementType.dataType(elementType) : null;
    }

    /** ONNX's name of the element type, {@code FLOAT8E4M3FN}. */
    public String elementTypeName() {
        return ElementType.name(elementType);
    }
}
