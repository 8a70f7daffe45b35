package io.nereid.perf.input;

import java.util.List;

/** How large tensors are. */
final class TensorSize {
    private TensorSize() {}

    /** Elements of that shape, whose dimensions are all known. */
    static int elements(String tensor, List<Long> shape) throws InputException {
        return bytes(tensor, shape, 1);
    }

    /** Bytes of that many elements; an array of Java holds no more than 2^31 - 9. */
    static int bytes(String tensor, List<Long> shape, int elementSize) throws InputException {
        long bytes = elementSize;
        for (long dim : shape) {
            long larger = Math.multiplyHigh(bytes, dim) == 0 ? bytes * dim : Long.MAX_VALUE;
            bytes = larger < 0 ? Long.MAX_VALUE : larger;
        }
        if (bytes > Integer.MAX_VALUE - 8) {
            throw new InputException("input " + tensor + ": the shape [" + ModelTensor.text(shape)
                    + "] takes more than 2 GiB (expected a smaller one; see --shape and -b)");
        }
        return (int) bytes;
    }
}
