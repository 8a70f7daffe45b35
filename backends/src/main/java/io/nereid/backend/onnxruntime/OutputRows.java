package io.nereid.backend.onnxruntime;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

/** An output that lies ready, and its rows. */
final class OutputRows {
    private final ModelTensor tensor;
    private final Shape shape;
    private final MemorySegment data;
    /** Offset of each row in the data, and behind them its size; null where all rows are of one size. */
    private final long @Nullable [] rowStarts;

    private OutputRows(ModelTensor tensor, Shape shape, MemorySegment data, long @Nullable [] rowStarts) {
        this.tensor = tensor;
        this.shape = shape;
        this.data = data;
        this.rowStarts = rowStarts;
    }

    /** Elements of a fixed size; {@code shape} is the one in the model. */
    static OutputRows of(ModelTensor tensor, Shape shape, MemorySegment data) {
        return new OutputRows(tensor, shape, data, null);
    }

    /** Strings; {@code starts} holds the offset of each. */
    static OutputRows ofStrings(ModelTensor tensor, Shape shape, MemorySegment data, MemorySegment starts) {
        int rows = shape.rank() == 0 ? 0 : Math.toIntExact(shape.dim(0));
        long elements = shape.elementCount();
        long[] rowStarts = new long[rows + 1];
        for (int row = 0; row < rows; row++) {
            rowStarts[row] = elements == 0 ? 0 : starts.getAtIndex(JAVA_LONG, elements / rows * row);
        }
        rowStarts[rows] = data.byteSize();
        return new OutputRows(tensor, shape, data, rowStarts);
    }

    /** Fails unless there are as many rows as the batch has. */
    void requireRows(int rows) throws InferenceException {
        if (shape.rank() == 0 || shape.dim(0) != rows) {
            throw new InferenceException(ErrorCode.INTERNAL, "output '" + tensor.name() + "': the model gave shape "
                    + shape + " for a batch of " + rows + " (expected that many in the first dimension)");
        }
    }

    /** The whole output, as the client sees it. */
    Tensor all() {
        return new Tensor(tensor.name(), tensor.dataType(), tensor.reshape().apply(shape), data);
    }

    /** {@code count} rows from row number {@code first} on, as the client sees them. */
    Tensor rows(int first, int count) {
        long from = start(first);
        return new Tensor(tensor.name(), tensor.dataType(), tensor.reshape().apply(shape.withFirst(count)),
                data.asSlice(from, start(first + count) - from));
    }

    private long start(int row) {
        long[] starts = rowStarts;
        return starts == null ? data.byteSize() / shape.dim(0) * row : starts[row];
    }
}
