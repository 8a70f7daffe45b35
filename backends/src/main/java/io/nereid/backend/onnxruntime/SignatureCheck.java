package io.nereid.backend.onnxruntime;

import io.nereid.backend.Reshape;
import io.nereid.backend.onnxruntime.binding.OrtSession;
import io.nereid.backend.onnxruntime.binding.TensorSignature;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelInput;
import io.nereid.modelrepo.config.ModelOutput;
import io.nereid.modelrepo.config.TensorConfig;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Compares a complete configuration with the model's signature, and says which tensor is which. The texts are Triton's
 * (docs/compatibility.md).
 */
final class SignatureCheck {
    private final ModelConfig config;
    private final boolean batching;

    private SignatureCheck(ModelConfig config) {
        this.config = config;
        this.batching = config.maxBatchSize() > 0;
    }

    /**
     * What the instances of the model work with.
     *
     * @param inputs in the order of {@code inputSignatures}
     * @param inputSignatures the model's inputs that the configuration names
     * @param outputs in the order of {@code outputSignatures}
     * @param outputSignatures the model's outputs that the configuration names
     * @param batching whether all tensors have a batch dimension
     */
    record Checked(List<ModelTensor> inputs, List<TensorSignature> inputSignatures, List<ModelTensor> outputs,
            List<TensorSignature> outputSignatures, boolean batching) {}

    static Checked of(ModelConfig config, OrtSession session) throws InferenceException {
        return new SignatureCheck(config).check(session);
    }

    private Checked check(OrtSession session) throws InferenceException {
        requireNoRaggedBatches();
        Map<String, TensorSignature> required = byName(session.inputs());
        Map<String, TensorSignature> allowed = new LinkedHashMap<>(required);
        allowed.putAll(byName(session.overridableInitializers()));
        checkInputCount(required, allowed);
        List<ModelTensor> inputs = new ArrayList<>();
        List<TensorSignature> inputSignatures = new ArrayList<>();
        for (ModelInput input : config.inputs()) {
            TensorSignature signature = named(input, "input", allowed);
            checkOptional(input, required);
            inputs.add(checked(input, "input", signature, reshape(input, signature, true), input.optional()));
            inputSignatures.add(signature);
        }
        checkAllInputsConfigured(required);
        List<ModelTensor> outputs = new ArrayList<>();
        List<TensorSignature> outputSignatures = new ArrayList<>();
        Map<String, TensorSignature> offered = byName(session.outputs());
        for (ModelOutput output : config.outputs()) {
            TensorSignature signature = named(output, "output", offered);
            outputs.add(checked(output, "output", signature, reshape(output, signature, false), false));
            outputSignatures.add(signature);
        }
        return new Checked(List.copyOf(inputs), List.copyOf(inputSignatures), List.copyOf(outputs),
                List.copyOf(outputSignatures), batching);
    }

    private static Map<String, TensorSignature> byName(List<TensorSignature> signatures) {
        Map<String, TensorSignature> byName = new LinkedHashMap<>();
        signatures.forEach(signature -> byName.put(signature.name(), signature));
        return byName;
    }

    private void checkInputCount(Map<String, TensorSignature> required, Map<String, TensorSignature> allowed)
            throws InferenceException {
        int expected = config.inputs().size();
        if (expected < required.size() || expected > allowed.size()) {
            throw unable("configuration expects " + expected + " inputs, model provides " + required.size());
        }
    }

    private void checkAllInputsConfigured(Map<String, TensorSignature> required) throws InferenceException {
        for (String name : required.keySet()) {
            if (config.input(name) == null) {
                throw unable("configuration has no input '" + name + "', which the model needs");
            }
        }
    }

    private TensorSignature named(TensorConfig tensor, String kind, Map<String, TensorSignature> allowed)
            throws InferenceException {
        TensorSignature signature = allowed.get(tensor.name());
        if (signature == null) {
            throw unable("unexpected inference " + kind + " '" + tensor.name() + "', allowed " + kind + "s are: "
                    + String.join(", ", allowed.keySet()));
        }
        return signature;
    }

    private void checkOptional(ModelInput input, Map<String, TensorSignature> required) throws InferenceException {
        if (input.optional() && batching) {
            throw unable("optional input is not supported when batching is enabled: input '" + input.name() + "'");
        }
        if (input.optional() && required.containsKey(input.name())) {
            throw unable("input '" + input.name() + "' is optional in the configuration, but the model has no value for"
                    + " it");
        }
    }

    private void requireNoRaggedBatches() throws InferenceException {
        if (config.inputs().stream().anyMatch(ModelInput::allowRaggedBatch) || !config.batchInputs().isEmpty()
                || !config.batchOutputs().isEmpty()) {
            throw new InferenceException(ErrorCode.UNSUPPORTED, "unable to load model '" + config.name()
                    + "', allow_ragged_batch, batch_input and batch_output are not supported yet");
        }
    }

    private ModelTensor checked(TensorConfig tensor, String kind, TensorSignature signature, Reshape reshape,
            boolean optional) throws InferenceException {
        if (!signature.isTensor()) {
            throw unable(kind + " '" + tensor.name() + "' is a sequence or a map (expected a tensor)");
        }
        DataType provided = signature.dataType();
        if (provided == null) {
            throw unable("unsupported datatype of " + kind + " '" + tensor.name() + "', ONNX's element type number "
                    + signature.elementType());
        }
        if (!provided.name().equals(tensor.dataType().wireName())) {
            throw unable("configuration expects datatype " + tensor.dataType().configName() + " for " + kind + " '"
                    + tensor.name() + "', model provides TYPE_" + configName(provided));
        }
        checkDims(tensor, signature.shape());
        return new ModelTensor(tensor.name(), provided, reshape, optional);
    }

    private static String configName(DataType type) {
        return type == DataType.BYTES ? "STRING" : type.name();
    }

    /** A scalar of a model that does not batch is a tensor of one element to its clients. */
    private boolean isScalar(TensorConfig tensor, Shape modelShape) {
        return !batching && modelShape.rank() == 0 && tensor.reshape().isEmpty() && tensor.dims().equals(List.of(1L));
    }

    private void checkDims(TensorConfig tensor, Shape modelShape) throws InferenceException {
        if (isScalar(tensor, modelShape)) {
            return;
        }
        String where = "model '" + config.name() + "', tensor '" + tensor.name() + "': ";
        if (batching && (modelShape.rank() == 0 || modelShape.dim(0) != Shape.ANY)) {
            throw new InferenceException(ErrorCode.INVALID_ARG, where
                    + "for the model to support batching the shape should have at least 1 dimension and the first"
                    + " dimension must be -1; but shape expected by the model is " + modelShape);
        }
        Shape shape = shape(tensor.reshape().orElse(tensor.dims()));
        Shape full = batching ? shape.prepend(Shape.ANY) : shape;
        if (!modelShape.accepts(full)) {
            throw new InferenceException(ErrorCode.INVALID_ARG, where + "the model expects " + modelShape.rank()
                    + " dimensions (shape " + modelShape + ") but the model configuration specifies " + full.rank()
                    + " dimensions ("
                    + (batching ? "an initial batch dimension because max_batch_size > 0 followed by the explicit"
                            + " tensor shape, making complete shape " : "shape ")
                    + full + ")");
        }
    }

    private Reshape reshape(TensorConfig tensor, TensorSignature signature, boolean input) {
        List<Long> outside = tensor.dims();
        Optional<List<Long>> inside = isScalar(tensor, signature.shape()) ? Optional.of(List.of()) : tensor.reshape();
        List<Long> model = inside.orElse(outside);
        return input ? Reshape.of(outside, model, batching) : Reshape.of(model, outside, batching);
    }

    private static Shape shape(List<Long> dims) {
        return Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
    }

    private InferenceException unable(String why) {
        return new InferenceException(ErrorCode.INVALID_ARG, "unable to load model '" + config.name() + "', " + why);
    }
}
