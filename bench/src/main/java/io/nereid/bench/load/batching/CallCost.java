package io.nereid.bench.load.batching;

import io.nereid.bench.load.BareLoop;
import io.nereid.bench.load.MarkdownTable;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/** What one call takes by the rows in it, on one thread: whether a model's cost is by the call or by the row. */
final class CallCost {
    private static final List<Integer> BATCH_SIZES = List.of(1, 2, 4, BatchedModel.MAX_BATCH_SIZE);
    private static final int WARMUP_CALLS = 20;
    private static final int CALLS = 50;
    private static final MarkdownTable TABLE = new MarkdownTable("model", "1 row ms", "2 rows ms", "4 rows ms",
            "8 rows ms", "8 rows / 1 row");

    private final Path directory;
    private final BatchingOptions options;

    CallCost(Path directory, BatchingOptions options) {
        this.directory = directory;
        this.options = options;
    }

    void run() throws IOException, InferenceException {
        System.out.print(TABLE.header());
        for (BatchedModel model : options.models()) {
            // Its backend has nothing to call.
            if (model != BatchedModel.IDENTITY) {
                measure(model);
            }
        }
    }

    private void measure(BatchedModel model) throws IOException, InferenceException {
        Path folder = Files.createDirectories(directory.resolve(model.label()));
        model.writeFile(folder, options.food11());
        List<Object> row = new ArrayList<>();
        row.add(model.label());
        long[] medians = new long[BATCH_SIZES.size()];
        for (int i = 0; i < medians.length; i++) {
            medians[i] = medianNanos(model, folder.resolve("model.onnx"), BATCH_SIZES.get(i));
            row.add(MarkdownTable.millis(medians[i]));
        }
        row.add(MarkdownTable.number((double) medians[medians.length - 1] / medians[0]));
        System.out.print(TABLE.row(row.toArray()));
    }

    private static long medianNanos(BatchedModel model, Path file, int rows) throws InferenceException {
        try (BareLoop loop = BareLoop.open(file, 1, shape(rows, model.inputDims()), shape(rows, model.outputDims()))) {
            loop.medianNanos(WARMUP_CALLS);
            return loop.medianNanos(CALLS);
        }
    }

    private static Shape shape(int rows, String dims) {
        LongStream inner = Arrays.stream(dims.split(",")).mapToLong(Long::parseLong);
        return Shape.of(LongStream.concat(LongStream.of(rows), inner).toArray());
    }
}
