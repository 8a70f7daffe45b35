package io.nereid.perf.input;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The rows that requests are made of, in streams of steps. Immutable.
 *
 * <p>A model without sequences gets the steps of all streams one after the other, {@link #requestCount} different
 * requests of them, then the first again. Of a sequence model each sequence takes a stream.
 */
public final class InputData {
    private final ModelDescription model;
    private final int batchSize;
    private final List<List<List<InputTensor>>> streams;
    private final List<List<InputTensor>> steps;

    private InputData(ModelDescription model, int batchSize, List<List<List<InputTensor>>> streams) {
        this.model = model;
        this.batchSize = batchSize;
        this.streams = streams;
        this.steps = streams.stream().flatMap(List::stream).toList();
    }

    /**
     * The rows for that model, all encoded.
     *
     * @throws InputException where the flags or a file do not fit the model
     */
    public static InputData load(ModelDescription model, InputOptions options) throws InputException {
        checkBatchSize(model, options.batchSize());
        List<ModelTensor> inputs = InputShapes.apply(model.inputs(), options.shapes());
        List<List<List<InputTensor>>> streams = switch (options.source()) {
            case InputOptions.Zero _ -> List.of(List.of(GeneratedRows.row(inputs, options, true)));
            case InputOptions.Random _ -> List.of(List.of(GeneratedRows.row(inputs, options, false)));
            case InputOptions.Files files -> read(files.paths(), inputs);
        };
        return new InputData(model, options.batchSize(), complete(streams, inputs));
    }

    private static void checkBatchSize(ModelDescription model, int batchSize) throws InputException {
        if (batchSize < 1) {
            throw new InputException("-b: got " + batchSize + " (expected 1 or more)");
        }
        if (batchSize > 1 && model.maxBatchSize() == 0) {
            throw new InputException("-b: got " + batchSize + " (expected 1: the model " + model.name()
                    + " takes no batches, its max_batch_size is 0)");
        }
        if (batchSize > Math.max(1, model.maxBatchSize())) {
            throw new InputException("-b: got " + batchSize + " (expected at most " + model.maxBatchSize()
                    + ", the max_batch_size of the model " + model.name() + ")");
        }
    }

    private static List<List<List<InputTensor>>> read(List<Path> paths, List<ModelTensor> inputs)
            throws InputException {
        if (paths.size() == 1 && Files.isDirectory(paths.getFirst())) {
            return List.of(List.of(InputFolder.row(paths.getFirst(), inputs)));
        }
        InputStreams streams = new InputStreams();
        for (Path path : paths) {
            if (!Files.isRegularFile(path)) {
                throw new InputException("--input-data: got " + path
                        + " (expected zero, random, JSON files, or one folder; there is no such file)");
            }
            InputFile.read(path, inputs, streams);
        }
        return streams.all();
    }

    /** The same with the tensors of each step in the order of the model's inputs, none missing. */
    private static List<List<List<InputTensor>>> complete(List<List<List<InputTensor>>> streams,
            List<ModelTensor> inputs) throws InputException {
        List<List<List<InputTensor>>> completed = new ArrayList<>();
        for (int stream = 0; stream < streams.size(); stream++) {
            List<List<InputTensor>> steps = new ArrayList<>();
            for (List<InputTensor> step : streams.get(stream)) {
                steps.add(inOrder(step, inputs, "stream " + stream + ", step " + steps.size()));
            }
            completed.add(List.copyOf(steps));
        }
        return List.copyOf(completed);
    }

    private static List<InputTensor> inOrder(List<InputTensor> step, List<ModelTensor> inputs, String where)
            throws InputException {
        List<InputTensor> tensors = new ArrayList<>();
        for (ModelTensor input : inputs) {
            Optional<InputTensor> tensor = tensor(step, input.name());
            if (tensor.isEmpty() && !input.optional()) {
                throw new InputException("--input-data: " + where + " has no value of the input " + input.name());
            }
            tensor.ifPresent(tensors::add);
        }
        return List.copyOf(tensors);
    }

    private static Optional<InputTensor> tensor(List<InputTensor> step, String name) {
        return step.stream().filter(tensor -> tensor.name().equals(name)).findFirst();
    }

    /** How many streams there are: 1 or more. */
    public int streams() {
        return streams.size();
    }

    /** How many steps a stream has: 1 or more. */
    public int steps(int stream) {
        return streams.get(stream).size();
    }

    /** After how many requests the same come again: with steps 0, 1, 2 and 2 rows each, 3 requests of 01, 20 and 12. */
    public int requestCount() {
        int rows = steps.size();
        int divisor = batchSize;
        for (int rest = rows; rest != 0;) {
            int next = divisor % rest;
            divisor = rest;
            rest = next;
        }
        return rows / divisor;
    }

    /**
     * The tensors of one of the {@link #requestCount} requests to a model without sequences, in the order of the model's
     * inputs; made at each call.
     *
     * @throws InputException where rows of different shapes, or with different optional inputs, would be one batch
     */
    public List<InputTensor> request(int index) throws InputException {
        return batch(steps, index * (long) batchSize);
    }

    /** The tensors of a step of a stream and, if the batch is larger, of the steps after it. */
    public List<InputTensor> request(int stream, int step) throws InputException {
        return batch(streams.get(stream), step);
    }

    private List<InputTensor> batch(List<List<InputTensor>> rows, long first) throws InputException {
        List<InputTensor> tensors = new ArrayList<>();
        for (ModelTensor input : model.inputs()) {
            List<InputTensor> parts = new ArrayList<>();
            for (int row = 0; row < batchSize; row++) {
                tensor(rows.get((int) ((first + row) % rows.size())), input.name()).ifPresent(parts::add);
            }
            if (!parts.isEmpty()) {
                tensors.add(input.shapeTensor() ? parts.getFirst() : stacked(parts));
            }
        }
        return List.copyOf(tensors);
    }

    private InputTensor stacked(List<InputTensor> rows) throws InputException {
        InputTensor first = rows.getFirst();
        if (model.maxBatchSize() == 0) {
            return first;
        }
        long bytes = 0;
        for (InputTensor row : rows) {
            if (rows.size() != batchSize || !row.shape().equals(first.shape())) {
                throw new InputException("input " + first.name() + ": rows of one batch differ in shape, or some lack "
                        + "it (expected the same of all; use -b 1)");
            }
            bytes += row.byteSize();
        }
        ByteBuffer data = ByteBuffer.allocate(TensorSize.bytes(first.name(), List.of(bytes), 1));
        rows.forEach(row -> data.put(row.bytes().duplicate()));
        List<Long> shape = new ArrayList<>(List.of((long) batchSize));
        shape.addAll(first.shape());
        return new InputTensor(first.name(), first.datatype(), shape, data.flip());
    }
}
