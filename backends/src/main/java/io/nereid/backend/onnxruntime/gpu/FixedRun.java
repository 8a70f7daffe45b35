package io.nereid.backend.onnxruntime.gpu;

import io.nereid.inference.Shape;

import java.util.List;

/**
 * A run whose every shape is known beforehand.
 *
 * @param rows of the batch; 1 for a model that does not batch
 * @param inputs shapes of all inputs, by their number
 * @param outputs shapes of all outputs, by their number
 */
public record FixedRun(int rows, List<Shape> inputs, List<Shape> outputs) {
    /** The lists are copied. */
    public FixedRun {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }
}
