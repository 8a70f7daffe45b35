package io.nereid.backend.worker;

import io.nereid.inference.DataType;
import io.nereid.inference.Shape;
import io.nereid.inference.TensorMemory;

/**
 * How much memory the outputs of an execution will take in its output extent: at first what the configuration says,
 * then what the executions before took for each row. Used by one thread.
 */
final class OutputEstimate {
    /** An execution that needs less moves the estimate down by this part of the difference. */
    private static final int SLOWNESS = 8;

    private long bytesPerRow;

    OutputEstimate(ModelTensors tensors) {
        for (ModelTensors.ModelTensor output : tensors.outputs()) {
            bytesPerRow += configured(output);
        }
    }

    private static long configured(ModelTensors.ModelTensor output) {
        DataType type = output.dataType();
        if (type == null || !type.isFixedSize()) {
            return 0;
        }
        long bytes = type.byteSize();
        Shape shape = output.shape();
        for (int i = 0; i < shape.rank(); i++) {
            long dim = shape.dim(i);
            boolean batch = i == 0 && dim == Shape.ANY;
            if ((dim < 0 && !batch) || (dim > 0 && bytes > Long.MAX_VALUE / dim)) {
                return 0;
            }
            bytes *= batch ? 1 : dim;
        }
        return bytes <= RequestWriter.MAX_INLINE ? 0 : aligned(bytes);
    }

    private static long aligned(long bytes) {
        return bytes > Long.MAX_VALUE - TensorMemory.ALIGNMENT ? bytes : TensorMemory.aligned(bytes);
    }

    /** For an execution of so many rows, in bytes; 0 where no output extent is of use. */
    long bytes(int rows) {
        long bytes = bytesPerRow > Long.MAX_VALUE / Math.max(rows, 1) ? 0 : bytesPerRow * rows;
        return bytes <= RequestWriter.MAX_INLINE ? 0 : bytes;
    }

    /** So many bytes of the outputs of an execution were new, in shared memory. */
    void took(long bytes, int rows) {
        long perRow = rows == 0 ? 0 : aligned((bytes + rows - 1) / rows);
        bytesPerRow = perRow >= bytesPerRow ? perRow : bytesPerRow - (bytesPerRow - perRow + SLOWNESS - 1) / SLOWNESS;
    }
}
