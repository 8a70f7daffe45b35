package io.nereid.backend.onnxruntime;

import io.nereid.backend.Reshape;
import io.nereid.backend.onnxruntime.binding.OrtSession;
import io.nereid.backend.onnxruntime.binding.TensorSignature;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.modelrepo.config.BatchOutputConfig;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelInput;
import io.nereid.modelrepo.config.ModelOutput;
import io.nereid.modelrepo.config.TensorConfig;
import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Compares a complete configuration with the model's signature, and says which tensor is which. The texts are Triton's
 * (docs/compatibility.md).
 *
 * <p>What counts is the signature of the model as its file has it, which is what configurations are completed from too.
 * A session may know more of its outputs, since rewriting the graph finds sizes that the file leaves open; so an output
 * that does not fit the session is looked at again beside the file.
 */
final class SignatureCheck {
    private final ModelConfig config;
    private final Path modelDirectory;
    private final DeclaredOutputs declared;
    private final DimsCheck dims;
    private final boolean batching;

    private SignatureCheck(ModelConfig config, Path modelDirectory, DeclaredOutputs declared) {
        this.config = config;
        this.modelDirectory = modelDirectory;
        this.declared = declared;
        this.dims = new DimsCheck(config);
        this.batching = config.maxBatchSize() > 0;
    }

    /** The outputs as the model's file has them. */
    @FunctionalInterface
    interface DeclaredOutputs {
        /** Opens the file, which takes long. */
        List<TensorSignature> read() throws InferenceException;
    }

    /**
     * What the instances of the model work with.
     *
     * @param inputs in the order of {@code inputSignatures}
     * @param batchInputs the inputs that are made of the requests' shapes
     * @param inputSignatures the model's inputs that the configuration names; those that batch inputs fill come last
     * @param outputs in the order of {@code outputSignatures}
     * @param outputSignatures the model's outputs that the configuration names
     * @param scatters how batch outputs are shared out, by the output's name
     * @param states what sequences keep; the outputs that only states are come last
     * @param clientOutputs how many outputs clients can ask for
     * @param batching whether requests have rows, and run together
     */
    record Checked(List<ModelTensor> inputs, List<BatchInput> batchInputs, List<TensorSignature> inputSignatures,
            List<ModelTensor> outputs, List<TensorSignature> outputSignatures, Map<String, Scatter> scatters,
            List<StateTensor> states, int clientOutputs, boolean batching) {
        Checked {
            states = List.copyOf(states);
            inputs = List.copyOf(inputs);
            batchInputs = List.copyOf(batchInputs);
            inputSignatures = List.copyOf(inputSignatures);
            outputs = List.copyOf(outputs);
            outputSignatures = List.copyOf(outputSignatures);
            scatters = Map.copyOf(scatters);
        }

        /** How many outputs, the last ones, are states that no client can ask for. */
        int hiddenOutputs() {
            return outputs.size() - clientOutputs;
        }

        /** Whether the model sees more or less than the rows of the requests: no shape follows from their number. */
        boolean ragged() {
            return !batchInputs.isEmpty() || inputs.stream().anyMatch(ModelTensor::ragged);
        }
    }

    /** @param modelDirectory where the files of initial states are */
    static Checked of(ModelConfig config, Path modelDirectory, OrtSession session, DeclaredOutputs declared)
            throws InferenceException {
        return new SignatureCheck(config, modelDirectory, declared).check(session);
    }

    private Checked check(OrtSession session) throws InferenceException {
        Map<String, TensorSignature> required = byName(session.inputs());
        Map<String, TensorSignature> allowed = new LinkedHashMap<>(required);
        allowed.putAll(byName(session.overridableInitializers()));
        checkInputCount(required, allowed);
        Map<String, ModelTensor> inputs = new LinkedHashMap<>();
        List<TensorSignature> inputSignatures = new ArrayList<>();
        for (ModelInput input : config.inputs()) {
            TensorSignature signature = named(input, "input", allowed);
            checkOptional(input, required);
            inputs.put(input.name(), checkedInput(input, signature));
            inputSignatures.add(signature);
        }
        for (ModelInput control : config.controlInputs()) {
            TensorSignature signature = named(control, "sequence control", allowed);
            inputs.put(control.name(), checkedInput(control, signature));
            inputSignatures.add(signature);
        }
        List<BatchInput> batchInputs = new BatchInputCheck(config, allowed).check(inputs, inputSignatures);
        List<ModelTensor> outputs = new ArrayList<>();
        List<TensorSignature> outputSignatures = new ArrayList<>();
        Map<String, Scatter> scatters = scatters(inputs);
        Map<String, TensorSignature> offered = byName(session.outputs());
        for (ModelOutput output : config.outputs()) {
            TensorSignature signature = named(output, "output", offered);
            outputs.add(checkedOutput(output, signature, scatters.containsKey(output.name())));
            outputSignatures.add(signature);
        }
        List<StateTensor> states = new StateCheck(config, modelDirectory, allowed, offered).check(inputSignatures,
                outputs,
                outputSignatures);
        checkAllInputsGiven(required, inputSignatures);
        return new Checked(List.copyOf(inputs.values()), batchInputs, inputSignatures, outputs, outputSignatures,
                scatters, states, config.outputs().size(), batching);
    }

    /** The model's inputs that no request gives. */
    static List<String> filledIn(ModelConfig config) {
        List<String> names = new ArrayList<>(BatchInputCheck.targets(config));
        config.controlInputs().forEach(control -> names.add(control.name()));
        StateCheck.states(config).forEach(state -> names.add(state.inputName()));
        return names;
    }

    private static Map<String, TensorSignature> byName(List<TensorSignature> signatures) {
        Map<String, TensorSignature> byName = new LinkedHashMap<>();
        signatures.forEach(signature -> byName.put(signature.name(), signature));
        return byName;
    }

    private void checkInputCount(Map<String, TensorSignature> required, Map<String, TensorSignature> allowed)
            throws InferenceException {
        int expected = config.inputs().size() + filledIn(config).size();
        if (expected < required.size() || expected > allowed.size()) {
            throw unable("configuration expects " + expected + " inputs, model provides " + required.size());
        }
    }

    private void checkAllInputsGiven(Map<String, TensorSignature> required, List<TensorSignature> given)
            throws InferenceException {
        for (TensorSignature input : required.values()) {
            if (!given.contains(input)) {
                throw unable("configuration has no input '" + input.name() + "', which the model needs");
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

    private ModelTensor checkedInput(ModelInput input, TensorSignature signature) throws InferenceException {
        DataType dataType = checkedType(input, "input", signature);
        if (input.allowRaggedBatch()) {
            checkRagged(input, signature.shape());
        } else {
            throwIfAny(dims.problem(input, signature));
        }
        return new ModelTensor(input.name(), dataType, reshape(input, signature, true), input.optional(),
                input.allowRaggedBatch());
    }

    private void checkRagged(ModelInput input, Shape modelShape) throws InferenceException {
        String expected = "configuration expects model provides input with shape [-1] for ragged input '"
                + input.name() + "', ";
        if (input.optional()) {
            throw unable(expected + "which is not supported for optional input");
        }
        if (modelShape.rank() != 1 || modelShape.dim(0) != Shape.ANY) {
            throw unable(expected + "model provides " + modelShape);
        }
    }

    private ModelTensor checkedOutput(ModelOutput output, TensorSignature signature, boolean scattered)
            throws InferenceException {
        DataType dataType = checkedType(output, "output", signature);
        if (!scattered && dims.problem(output, signature) != null) {
            throwIfAny(dims.problem(output, byName(declared.read()).getOrDefault(output.name(), signature)));
        }
        return new ModelTensor(output.name(), dataType, reshape(output, signature, false), false, false);
    }

    private static void throwIfAny(@Nullable InferenceException problem) throws InferenceException {
        if (problem != null) {
            throw problem;
        }
    }

    private Map<String, Scatter> scatters(Map<String, ModelTensor> inputs) throws InferenceException {
        Map<String, Scatter> scatters = new LinkedHashMap<>();
        for (BatchOutputConfig batchOutput : config.batchOutputs()) {
            ModelInput source = Objects.requireNonNull(config.input(batchOutput.sourceInputs().getFirst()));
            ModelTensor input = Objects.requireNonNull(inputs.get(source.name()));
            for (String target : batchOutput.targetNames()) {
                Shape shape = dims.inModel(Objects.requireNonNull(config.output(target)));
                checkScatter(target, shape, source.name(), dims.inModel(source));
                scatters.put(target, new Scatter(input, shape));
            }
        }
        return scatters;
    }

    private void checkScatter(String target, Shape shape, String source, Shape sourceDims) throws InferenceException {
        for (int i = sourceDims.rank(); i < shape.rank(); i++) {
            if (shape.dim(i) == Shape.ANY) {
                throw unable("batch output '" + target + "' of shape " + shape
                        + " takes its open dimensions from source"
                        + " input '" + source + "', whose shape " + sourceDims + " has no dimension number " + i);
            }
        }
    }

    private DataType checkedType(TensorConfig tensor, String kind, TensorSignature signature)
            throws InferenceException {
        DataType provided = signature.dataType();
        if (provided == null) {
            throw unable(String.valueOf(UnsupportedType.of(kind, signature)));
        }
        if (!provided.name().equals(tensor.dataType().wireName())) {
            throw unable("configuration expects datatype " + tensor.dataType().configName() + " for " + kind + " '"
                    + tensor.name() + "', model provides TYPE_" + configName(provided));
        }
        return provided;
    }

    private static String configName(DataType type) {
        return type == DataType.BYTES ? "STRING" : type.name();
    }

    private Reshape reshape(TensorConfig tensor, TensorSignature signature, boolean input) {
        List<Long> outside = tensor.dims();
        Optional<List<Long>> inside = dims.isScalar(tensor, signature) ? Optional.of(List.of()) : tensor.reshape();
        List<Long> model = inside.orElse(outside);
        return input ? Reshape.of(outside, model, batching) : Reshape.of(model, outside, batching);
    }

    private InferenceException unable(String why) {
        return new InferenceException(ErrorCode.INVALID_ARG, "unable to load model '" + config.name() + "', " + why);
    }
}
