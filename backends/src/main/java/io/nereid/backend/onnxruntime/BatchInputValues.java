package io.nereid.backend.onnxruntime;

import io.nereid.inference.DataType;
import io.nereid.inference.ElementLayout;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.modelrepo.config.BatchInputConfig;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/** What a batch input of some kind holds for a batch (docs/batching.md). */
final class BatchInputValues {
    private final Shape shape;
    /** The elements, row-major; none where the shape alone says it all, and the elements are 0. */
    private final long[] values;

    private BatchInputValues(Shape shape, long[] values) {
        this.shape = shape;
        this.values = values;
    }

    /**
     * The batch input of a batch.
     *
     * @param shapes the source input's shape in each request, at least one
     * @param batching whether these have a batch dimension in front; otherwise a request is one item
     */
    static BatchInputValues of(BatchInputConfig.Kind kind, List<Shape> shapes, boolean batching) {
        return switch (kind) {
            case ELEMENT_COUNT -> list(counts(shapes));
            case ACCUMULATED_ELEMENT_COUNT -> list(accumulated(counts(shapes)));
            case ACCUMULATED_ELEMENT_COUNT_WITH_ZERO -> list(withZero(accumulated(counts(shapes))));
            case MAX_ELEMENT_COUNT_AS_SHAPE ->
                new BatchInputValues(Shape.of(Arrays.stream(counts(shapes)).max().orElse(0)), new long[0]);
            case ITEM_SHAPE -> itemShapes(shapes, batching);
            case ITEM_SHAPE_FLATTEN -> list(itemShapes(shapes, batching).values);
        };
    }

    private static BatchInputValues list(long[] values) {
        return new BatchInputValues(Shape.of(values.length), values);
    }

    private static long[] counts(List<Shape> shapes) {
        return shapes.stream().mapToLong(Shape::elementCount).toArray();
    }

    private static long[] accumulated(long[] counts) {
        long[] sums = counts.clone();
        for (int i = 1; i < sums.length; i++) {
            sums[i] = Math.addExact(sums[i], sums[i - 1]);
        }
        return sums;
    }

    private static long[] withZero(long[] values) {
        long[] longer = new long[values.length + 1];
        System.arraycopy(values, 0, longer, 1, values.length);
        return longer;
    }

    private static BatchInputValues itemShapes(List<Shape> shapes, boolean batching) {
        int rank = shapes.getFirst().rank() - (batching ? 1 : 0);
        int items = shapes.stream().mapToInt(shape -> items(shape, batching)).sum();
        long[] values = new long[items * rank];
        int at = 0;
        for (Shape shape : shapes) {
            for (int item = items(shape, batching); item > 0; item--) {
                for (int i = 0; i < rank; i++) {
                    values[at++] = shape.dim(shape.rank() - rank + i);
                }
            }
        }
        return new BatchInputValues(Shape.of(items, rank), values);
    }

    private static int items(Shape shape, boolean batching) {
        return batching ? Math.toIntExact(shape.dim(0)) : 1;
    }

    /** Its shape. */
    Shape shape() {
        return shape;
    }

    /** Bytes that {@link #write} fills. */
    long byteSize(DataType dataType) {
        return shape.elementCount() * dataType.byteSize();
    }

    /**
     * Writes the elements as INT32 or FP32 to {@code target}, which is large enough.
     *
     * @throws InferenceException INVALID_ARG if one of them is more than an INT32 can be
     */
    void write(DataType dataType, MemorySegment target) throws InferenceException {
        target.fill((byte) 0); // a shape alone has elements too, and the model may answer with them
        for (int i = 0; i < values.length; i++) {
            long at = (long) i * dataType.byteSize();
            if (dataType == DataType.FP32) {
                target.set(ElementLayout.FLOAT, at, (float) values[i]);
            } else {
                target.set(ElementLayout.INT, at, int32(values[i]));
            }
        }
    }

    private static int int32(long value) throws InferenceException {
        if (value > Integer.MAX_VALUE) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "the shapes of the inputs make " + value
                    + " the value of a batch input, which is more than its TYPE_INT32 can be; send less at once");
        }
        return (int) value;
    }
}
