package io.nereid.server.protocol;

import io.nereid.inference.DataType;
import io.nereid.inference.Shape;

import java.util.List;

/**
 * An input or output of a model as a client sees it.
 *
 * @param name its name
 * @param dataType its element type
 * @param shape its full shape, with {@link Shape#ANY} in front where the model batches
 * @param optional whether a request may leave it out
 * @param labels the class labels of an output, by index; empty for none
 */
public record TensorSpec(String name, DataType dataType, Shape shape, boolean optional, List<String> labels) {
    public TensorSpec {
        labels = List.copyOf(labels);
    }
}
