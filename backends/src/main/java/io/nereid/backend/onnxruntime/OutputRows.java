package io.nereid.backend.onnxruntime;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorData;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

/** An output that lies ready, and its parts: rows, or elements where it is scattered. */
final class OutputRows {
    private final ModelTensor tensor;
    private final Shape shape;
    private final TensorData data;
    /** Offset of each row or element in the data, and behind them its size; null where all are of one size. */
    private final long @Nullable [] starts;

    private OutputRows(ModelTensor tensor, Shape shape, TensorData data, long @Nullable [] starts) {
        this.tensor = tensor;
        this.shape = shape;
        this.data = data;
        this.starts = starts;
    }

    /** Elements of a fixed size in host memory; {@code shape} is the one in the model. */
    static OutputRows of(ModelTensor tensor, Shape shape, MemorySegment data) {
        return of(tensor, shape, TensorData.pooled(data));
    }

    /** The same in any memory. */
    static OutputRows of(ModelTensor tensor, Shape shape, TensorData data) {
        return new OutputRows(tensor, shape, data, null);
    }

    /** Strings of which rows are asked; {@code starts} holds the offset of each element. */
    static OutputRows ofStrings(ModelTensor tensor, Shape shape, MemorySegment data, MemorySegment starts) {
        return ofStrings(tensor, shape, data, starts, shape.rank() == 0 ? 0 : Math.toIntExact(shape.dim(0)));
    }

    /** Strings of which elements are asked; {@code starts} holds the offset of each. */
    static OutputRows ofScatteredStrings(ModelTensor tensor, Shape shape, MemorySegment data, MemorySegment starts) {
        return ofStrings(tensor, shape, data, starts, Math.toIntExact(shape.elementCount()));
    }

    private static OutputRows ofStrings(ModelTensor tensor, Shape shape, MemorySegment data, MemorySegment starts,
            int parts) {
        long elements = shape.elementCount();
        long[] partStarts = new long[parts + 1];
        for (int part = 0; part < parts; part++) {
            partStarts[part] = elements == 0 ? 0 : starts.getAtIndex(JAVA_LONG, elements / parts * part);
        }
        partStarts[parts] = data.byteSize();
        return new OutputRows(tensor, shape, TensorData.pooled(data), partStarts);
    }

    /** Fails unless there are as many rows as the batch has. */
    void requireRows(int rows) throws InferenceException {
        if (shape.rank() == 0 || shape.dim(0) != rows) {
            throw new InferenceException(ErrorCode.INTERNAL, "output '" + tensor.name() + "': the model gave shape "
                    + shape + " for a batch of " + rows + " (expected that many in the first dimension)");
        }
    }

    /** Fails unless there are as many elements as the requests' parts have. */
    void requireElements(long elements) throws InferenceException {
        if (shape.elementCount() != elements) {
            throw new InferenceException(ErrorCode.INTERNAL, "batch output '" + tensor.name()
                    + "': the model gave shape " + shape + ", " + shape.elementCount()
                    + " elements (expected as many as the shapes of its source input ask for, "
                    + (elements == Long.MAX_VALUE ? "which are past counting" : elements) + ")");
        }
    }

    /** The whole output, as the client sees it. */
    Tensor all() {
        return new Tensor(tensor.name(), tensor.dataType(), tensor.reshape().applyWhereFits(shape), data);
    }

    /** {@code count} rows from row number {@code first} on, as the client sees them. */
    Tensor rows(int first, int count) {
        long from = start(first);
        return new Tensor(tensor.name(), tensor.dataType(), tensor.reshape().applyWhereFits(shape.withFirst(count)),
                data.slice(from, start(first + count) - from));
    }

    private long start(int row) {
        long[] rowStarts = starts;
        if (rowStarts != null) {
            return rowStarts[row];
        }
        return row == 0 ? 0 : data.length() / shape.dim(0) * row; // of no rows there is a first one to begin at
    }

    /** The elements from number {@code first} on, in the shape {@code part} in the model, as the client sees them. */
    Tensor elements(long first, Shape part) {
        long from = elementStart(first);
        return new Tensor(tensor.name(), tensor.dataType(), tensor.reshape().apply(part),
                data.slice(from, elementStart(first + part.elementCount()) - from));
    }

    private long elementStart(long element) {
        long[] elementStarts = starts;
        return elementStarts == null ? element * tensor.dataType().byteSize()
                : elementStarts[Math.toIntExact(element)];
    }
}
