package io.nereid.backend.onnxruntime;

import io.nereid.backend.Reshape;
import io.nereid.inference.DataType;

/**
 * An input or an output of a model, as its configuration and its signature agree on it.
 *
 * @param name its name in both
 * @param dataType the element type
 * @param reshape for an input from the clients' shape to the model's, for an output back
 * @param optional whether a request may leave it out
 */
record ModelTensor(String name, DataType dataType, Reshape reshape, boolean optional) {}
