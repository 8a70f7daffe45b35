package io.nereid.backend.onnxruntime;

import io.nereid.backend.onnxruntime.binding.OrtSession;
import io.nereid.backend.onnxruntime.binding.TensorSignature;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.modelrepo.config.BatchOutputConfig;
import io.nereid.modelrepo.config.DataType;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelInput;
import io.nereid.modelrepo.config.ModelOutput;
import io.nereid.modelrepo.config.SchedulingConfig;
import io.nereid.modelrepo.config.SequenceBatchingConfig;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Fills in the inputs, outputs and batching of a configuration from the model's signature (docs/compatibility.md). */
final class AutoComplete {
    private AutoComplete() {}

    /** Whether the configuration leaves anything to the model. */
    static boolean isNeeded(ModelConfig config) {
        return config.inputs().isEmpty() || config.outputs().isEmpty();
    }

    /**
     * The configuration, completed.
     *
     * @param defaultMaxBatchSize for a model that can batch and whose configuration does not say how much
     */
    static ModelConfig complete(ModelConfig config, OrtSession session, int defaultMaxBatchSize)
            throws InferenceException {
        ModelConfig complete = withBatching(config, session, defaultMaxBatchSize);
        boolean batching = complete.maxBatchSize() > 0;
        if (complete.inputs().isEmpty()) {
            List<ModelInput> inputs = new ArrayList<>();
            for (TensorSignature signature : requested(config, session)) {
                ModelInput input = ModelInput.of(signature.name(), dataType(config, "input", signature),
                        dims(signature, batching));
                inputs.add(isBatchedScalar(signature, batching) ? input.withReshape(List.of()) : input);
            }
            complete = complete.withInputs(inputs);
        }
        if (complete.outputs().isEmpty()) {
            List<ModelOutput> outputs = new ArrayList<>();
            for (TensorSignature signature : answered(config, session)) {
                outputs.add(output(complete, signature));
            }
            complete = complete.withOutputs(outputs);
        }
        return complete;
    }

    private static ModelOutput output(ModelConfig config, TensorSignature signature) throws InferenceException {
        boolean batching = config.maxBatchSize() > 0;
        DataType dataType = dataType(config, "output", signature);
        ModelInput source = scatteredBy(config, signature.name());
        if (source != null && signature.shape().rank() > 0) {
            return ModelOutput.of(signature.name(), dataType, scatteredDims(source, signature));
        }
        ModelOutput output = ModelOutput.of(signature.name(), dataType, dims(signature, batching));
        return isBatchedScalar(signature, batching) ? output.withReshape(List.of()) : output;
    }

    /** The input by whose shapes a batch output is shared out; null where it is none, or names no input. */
    private static @Nullable ModelInput scatteredBy(ModelConfig config, String output) {
        for (BatchOutputConfig batchOutput : config.batchOutputs()) {
            if (batchOutput.targetNames().contains(output) && batchOutput.sourceInputs().size() == 1) {
                return config.input(batchOutput.sourceInputs().getFirst());
            }
        }
        return null;
    }

    /** The model puts the elements of all requests behind each other in its first dimension. */
    private static List<Long> scatteredDims(ModelInput source, TensorSignature signature) {
        List<Long> dims = new ArrayList<>(source.reshape().orElse(source.dims()));
        dims.addAll(dims(signature.shape(), 1));
        return dims;
    }

    /** The model's inputs but for those that the server fills. */
    private static List<TensorSignature> requested(ModelConfig config, OrtSession session) {
        List<String> filled = SignatureCheck.filledIn(config);
        return session.inputs().stream().filter(input -> !filled.contains(input.name())).toList();
    }

    /** The model's outputs but for those that are states. */
    private static List<TensorSignature> answered(ModelConfig config, OrtSession session) {
        List<String> states = StateCheck.states(config).stream().map(SequenceBatchingConfig.State::outputName).toList();
        return session.outputs().stream().filter(output -> !states.contains(output.name())).toList();
    }

    private static ModelConfig withBatching(ModelConfig config, OrtSession session, int defaultMaxBatchSize)
            throws InferenceException {
        List<TensorSignature> inputs = requested(config, session);
        boolean possible = !inputs.isEmpty() && Stream.concat(inputs.stream(), session.outputs().stream())
                .allMatch(AutoComplete::hasOpenFirstDimension);
        if (!possible && config.maxBatchSize() != 0) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "autofill failed for model '" + config.name()
                    + "': model does not support batching while non-zero max_batch_size is specified");
        }
        ModelConfig sized = possible && config.maxBatchSize() == 0 ? config.withMaxBatchSize(defaultMaxBatchSize)
                : config;
        boolean unscheduled = sized.scheduling() instanceof SchedulingConfig.DefaultScheduling;
        return sized.maxBatchSize() > 1 && unscheduled ? sized.withDynamicBatching() : sized;
    }

    private static boolean hasOpenFirstDimension(TensorSignature signature) {
        return signature.shape().rank() > 0 && signature.shape().dim(0) == Shape.ANY;
    }

    private static boolean isBatchedScalar(TensorSignature signature, boolean batching) {
        return batching && signature.shape().rank() == 1;
    }

    /**
     * Dimensions without the batch. What a configuration cannot say becomes the nearest that it can: a scalar one
     * element, any number of dimensions one of any size, and so does a dimension that is always empty.
     */
    private static List<Long> dims(TensorSignature signature, boolean batching) {
        if (!signature.hasShape()) {
            return List.of(Shape.ANY);
        }
        List<Long> dims = dims(signature.shape(), batching ? 1 : 0);
        return dims.isEmpty() ? List.of(1L) : dims;
    }

    private static List<Long> dims(Shape shape, int from) {
        return Arrays.stream(shape.toArray()).skip(from).map(dim -> dim == 0 ? Shape.ANY : dim).boxed().toList();
    }

    private static DataType dataType(ModelConfig config, String kind, TensorSignature signature)
            throws InferenceException {
        io.nereid.inference.DataType type = signature.dataType();
        if (type == null) {
            throw new InferenceException(ErrorCode.INVALID_ARG,
                    "autofill failed for model '" + config.name() + "': " + UnsupportedType.of(kind, signature));
        }
        return type == io.nereid.inference.DataType.BYTES ? DataType.STRING : DataType.valueOf(type.name());
    }
}
