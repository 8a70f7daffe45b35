package io.nereid.backend.onnxruntime;

import io.nereid.inference.DataType;
import io.nereid.inference.Shape;

import java.lang.foreign.MemorySegment;

/**
 * A state of a model: an output of one request that is an input of the next of its sequence.
 *
 * @param input its number among the inputs of a call
 * @param output its number among the outputs of a call
 * @param name the input's name
 * @param dataType the element type of both
 * @param initialShape the shape at the start of a sequence, of one row where the model batches
 * @param initial the elements at the start, as a tensor has them; lives as long as somebody refers to it
 */
record StateTensor(int input, int output, String name, DataType dataType, Shape initialShape, MemorySegment initial) {}
