package io.nereid.backend.onnxruntime;

import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.SequenceBatchingConfig;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The states of a model at the start of a sequence: zeros, or what a file in the model's folder {@code initial_state}
 * holds (docs/sequences.md). The texts are Triton's.
 */
final class InitialState {
    private static final String DIRECTORY = "initial_state";
    private static final int ALIGNMENT = 64;

    private final ModelConfig config;
    private final Path modelDirectory;

    InitialState(ModelConfig config, Path modelDirectory) {
        this.config = config;
        this.modelDirectory = modelDirectory;
    }

    /** The shape; open dimensions are 1 where the configuration gives no initial state. */
    Shape shape(SequenceBatchingConfig.State state) throws InferenceException {
        List<Long> dims = state.dims();
        if (!state.initialStates().isEmpty()) {
            check(state, state.initialStates());
            dims = state.initialStates().getFirst().dims();
        }
        Shape shape = Shape.of(dims.stream().mapToLong(dim -> dim < 0 ? 1 : dim).toArray());
        return config.maxBatchSize() > 0 ? shape.prepend(1) : shape;
    }

    private void check(SequenceBatchingConfig.State state, List<SequenceBatchingConfig.InitialState> given)
            throws InferenceException {
        String input = state.inputName();
        if (given.size() > 1) {
            throw unable("initial_state field for state input '" + input
                    + "' must contain exactly one or zero element. Found '" + given.size() + "' elements.");
        }
        SequenceBatchingConfig.InitialState initial = given.getFirst();
        if (initial.name().isEmpty()) {
            throw unable("Field 'name' must be set when using initial_state for state input '" + input + "'.");
        }
        if (initial.dataType() != state.dataType()) {
            throw unable("The data type used for 'initial_state' field of state '" + input
                    + "' does not match the state data type.");
        }
        checkDims(input, state.dims(), initial.dims());
    }

    private void checkDims(String input, List<Long> dims, List<Long> initial) throws InferenceException {
        if (dims.size() != initial.size()) {
            throw unable(
                    "Number of dimensions in 'initial_state' doesn't match the size of 'state' dimensions for state"
                            + " input '" + input + "'. " + initial.size() + " != " + dims.size());
        }
        for (int i = 0; i < dims.size(); i++) {
            if (initial.get(i) < 0) {
                throw unable("'initial_state' field for state input name '" + input
                        + "' contains variable dimensions.");
            }
            if (dims.get(i) >= 0 && !dims.get(i).equals(initial.get(i))) {
                throw unable("'initial_state' dim for input name '" + input
                        + "' doesn't match 'state' dim description. " + initial.get(i) + " != " + dims.get(i));
            }
        }
    }

    /** The elements of a state of that shape, of strings each with its length. */
    MemorySegment data(SequenceBatchingConfig.State state, DataType dataType, Shape shape) throws InferenceException {
        String file = state.initialStates().isEmpty() ? "" : state.initialStates().getFirst().dataFile();
        long bytes = shape.elementCount() * (dataType == DataType.BYTES ? Integer.BYTES : dataType.byteSize());
        if (file.isEmpty()) {
            return Arena.ofAuto().allocate(Math.max(1, bytes), ALIGNMENT).asSlice(0, bytes);
        }
        Path path = modelDirectory.resolve(DIRECTORY).resolve(file);
        byte[] content = read(path);
        if (dataType != DataType.BYTES && content.length != bytes) {
            throw unable("initial_state setting expects " + bytes + " bytes, but the data provided from " + path
                    + " only has " + content.length + " bytes.");
        }
        MemorySegment data = Arena.ofAuto().allocate(Math.max(1, content.length), ALIGNMENT);
        MemorySegment.copy(MemorySegment.ofArray(content), 0, data, 0, content.length);
        return data.asSlice(0, content.length);
    }

    private byte[] read(Path path) throws InferenceException {
        try {
            return Files.readAllBytes(path);
        } catch (IOException e) {
            throw unable("the initial state cannot be read from " + path + ": " + e);
        }
    }

    private InferenceException unable(String why) {
        return new InferenceException(ErrorCode.INVALID_ARG, "unable to load model '" + config.name() + "', " + why);
    }
}
