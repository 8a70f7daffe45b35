package io.nereid.server.openai;

import io.nereid.inference.DataType;
import io.nereid.inference.ElementLayout;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;
import io.nereid.server.http.codec.FlatShape;
import io.nereid.server.http.codec.JsonScanner;
import io.nereid.server.http.codec.RequestMemory;
import io.nereid.server.protocol.ModelSignature;
import io.nereid.server.protocol.TensorSpec;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Texts or lists of tokens as an input of a model, one beneath the other: as one tensor, or as several where the model
 * does not take as many at once, or the lists differ in length. They lie in one buffer, in their order. Not thread-safe.
 */
final class InputRows {
    private final TensorSpec input;
    private final boolean batches;
    /** How many rows one tensor has at most. */
    private final long atOnce;
    private final RequestMemory memory;
    private final List<Tensor> tensors = new ArrayList<>();
    private final List<Long> rows = new ArrayList<>();

    InputRows(ModelSignature model, TensorSpec input, RequestMemory memory) {
        this.input = input;
        this.batches = model.batches();
        this.atOnce = batches ? model.maxBatchSize() : input.shape().rank() == 0 ? 1 : ofOneWithoutBatches(input);
        this.memory = memory;
    }

    private static long ofOneWithoutBatches(TensorSpec input) {
        long first = input.shape().dim(0);
        boolean isRow = input.shape().rank() == 1 && input.dataType() != DataType.BYTES;
        return isRow ? 1 : first == Shape.ANY ? Long.MAX_VALUE : Math.max(1, first);
    }

    /** The input of each request. */
    List<Tensor> tensors() {
        return tensors;
    }

    /** How many rows each of them has. */
    List<Long> rows() {
        return rows;
    }

    /**
     * Reads the text that comes next, or the list of texts.
     *
     * @param measured what was read of it before
     * @param expected the error where something else comes
     */
    void readTexts(JsonScanner scanner, Texts measured, InferenceException expected) throws InferenceException {
        TensorBuffer buffer = memory.allocate(measured.bytes());
        MemorySegment data = buffer.segment();
        Texts.read(scanner, data, expected);
        long from = 0;
        for (long row = 0; row < measured.count();) {
            long taken = Math.min(atOnce, measured.count() - row);
            long end = from;
            for (long text = 0; text < taken; text++) {
                end += Integer.BYTES + data.get(ElementLayout.INT, end);
            }
            Shape shape = batches ? FlatShape.of(input, 1).withFirst(taken) : FlatShape.of(input, taken);
            add(taken, shape, buffer.data().slice(from, end - from));
            from = end;
            row += taken;
        }
    }

    /** Reads the list of tokens that comes next, or the list of such lists, that were measured before. */
    void readTokens(JsonScanner scanner, TokenLists lists) throws InferenceException {
        int size = input.dataType().byteSize();
        TensorBuffer buffer = memory.allocate(lists.tokens() * size);
        long[] lengths = lists.copy(scanner, ModelInputs.IntegerTarget.of(input, buffer.segment()));
        long from = 0;
        for (int row = 0; row < lengths.length;) {
            int taken = 1;
            while (row + taken < lengths.length && taken < atOnce && lengths[row + taken] == lengths[row]) {
                taken++;
            }
            boolean flat = input.shape().rank() == 1;
            Shape shape = flat ? Shape.of(lengths[row]) : Shape.of(taken, lengths[row]);
            long bytes = taken * lengths[row] * size;
            add(taken, shape, buffer.data().slice(from, bytes));
            from += bytes;
            row += taken;
        }
    }

    private void add(long count, Shape shape, TensorData data) {
        rows.add(count);
        tensors.add(new Tensor(input.name(), input.dataType(), shape, data));
    }
}
