package io.nereid.server.http.codec;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.server.protocol.TensorSpec;

/** The shape of a tensor of which only the elements are given. Stateless. */
public final class FlatShape {
    private FlatShape() {}

    /**
     * The model's shape filled with the elements there are: the innermost dimension of any size takes them all.
     *
     * @throws InferenceException INVALID_ARG if they do not fit
     */
    public static Shape of(TensorSpec input, long elements) throws InferenceException {
        long[] dims = input.shape().toArray();
        long left = elements;
        for (long dim : dims) {
            if (dim != Shape.ANY) {
                if (dim == 0 || left % dim != 0) {
                    throw misshapen(input);
                }
                left /= dim;
            }
        }
        for (int i = dims.length - 1; i >= 0; i--) {
            if (dims[i] == Shape.ANY) {
                dims[i] = left;
                left = 1;
            }
        }
        if (left != 1) {
            throw misshapen(input);
        }
        return Shape.of(dims);
    }

    private static InferenceException misshapen(TensorSpec input) {
        return new InferenceException(ErrorCode.INVALID_ARG,
                "The schema can not convert input '" + input.name() + "' to tensor with proper shape");
    }
}
