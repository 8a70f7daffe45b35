package io.nereid.server.http.codec;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;

/** The bytes behind the JSON of a request, handed out to its binary tensors in turn. Not thread-safe. */
final class BinaryTensors {
    private final String model;
    private final TensorBuffer body;
    private final long length;
    private long position;

    /** The bytes of {@code body} from {@code start} on. */
    BinaryTensors(String model, TensorBuffer body, long start) {
        this.model = model;
        this.body = body;
        this.length = body.segment().byteSize();
        this.position = start;
    }

    /** The next {@code byteSize} bytes, an unsigned number, for the input of that name. */
    TensorData next(String input, long byteSize) throws InferenceException {
        long left = length - position;
        if (Long.compareUnsigned(byteSize, left) > 0) {
            throw new InferenceException(ErrorCode.INVALID_ARG,
                    "unexpected size for input '" + input + "', expecting " + Long.toUnsignedString(byteSize - left)
                            + " additional bytes for model '" + model + "'");
        }
        TensorData tensor = body.data(position, byteSize);
        position += byteSize;
        return tensor;
    }

    /** Fails if bytes are left that no input asked for. */
    void expectEnd() throws InferenceException {
        if (position != length) {
            throw new InferenceException(ErrorCode.INVALID_ARG,
                    "unexpected additional input data for model '" + model + "'");
        }
    }
}
