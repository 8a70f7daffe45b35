package io.nereid.backend.onnxruntime;

import io.nereid.backend.Reshape;
import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * An input or an output of a model, as its configuration and its signature agree on it.
 *
 * @param name its name in both
 * @param dataType the element type
 * @param reshape for an input from the clients' shape to the model's, for an output back
 * @param optional whether a request may leave it out
 * @param ragged whether the model takes the elements of all requests in one dimension, whatever their shapes
 */
record ModelTensor(String name, DataType dataType, Reshape reshape, boolean optional, boolean ragged) {
    /** This input in a request, or null where the request leaves out an optional one. */
    @Nullable
    Tensor in(InferenceRequest request) throws InferenceException {
        return optional ? request.input(name) : request.requiredInput(name);
    }

    /** The shape of this input in a request, as the configuration reshapes it. */
    Shape shapeIn(InferenceRequest request) throws InferenceException {
        return reshape.apply(request.requiredInput(name).shape());
    }
}
