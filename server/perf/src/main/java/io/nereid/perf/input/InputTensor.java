package io.nereid.perf.input;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * A tensor of a request or of one row of it, encoded as the protocol's binary data. Immutable.
 *
 * @param shape with the dimension of the batch where it is a request's and the model has one
 * @param bytes of all elements, read-only; its position is not moved by whoever reads: {@link ByteBuffer#duplicate}
 */
public record InputTensor(String name, Datatype datatype, List<Long> shape, ByteBuffer bytes) {
    public InputTensor {
        shape = List.copyOf(shape);
        bytes = bytes.slice().asReadOnlyBuffer();
    }

    /** How many bytes the elements take. */
    public int byteSize() {
        return bytes.remaining();
    }
}
