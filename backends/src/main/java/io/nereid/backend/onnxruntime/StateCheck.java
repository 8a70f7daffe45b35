package io.nereid.backend.onnxruntime;

import io.nereid.backend.Reshape;
import io.nereid.backend.onnxruntime.binding.TensorSignature;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelInput;
import io.nereid.modelrepo.config.SequenceBatchingConfig;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Compares the states of a complete configuration with the model's signature, and says which tensor is which. */
final class StateCheck {
    private final ModelConfig config;
    private final DimsCheck dims;
    private final InitialState initial;
    private final Map<String, TensorSignature> inputs;
    private final Map<String, TensorSignature> outputs;

    /** A check of this configuration; the model has these inputs and outputs. */
    StateCheck(ModelConfig config, Path modelDirectory, Map<String, TensorSignature> inputs,
            Map<String, TensorSignature> outputs) {
        this.config = config;
        this.dims = new DimsCheck(config);
        this.initial = new InitialState(config, modelDirectory);
        this.inputs = inputs;
        this.outputs = outputs;
    }

    /** The states that a configuration asks for. */
    static List<SequenceBatchingConfig.State> states(ModelConfig config) {
        return config.scheduling() instanceof SequenceBatchingConfig batching ? batching.states() : List.of();
    }

    /**
     * The states. What only they need of the model is added to the inputs and outputs of a call.
     *
     * @throws InferenceException INVALID_ARG if the model has no such input or output, or of another type or shape, or
     *     the initial state makes no sense
     */
    List<StateTensor> check(List<TensorSignature> given, List<ModelTensor> wanted,
            List<TensorSignature> wantedSignatures)
            throws InferenceException {
        List<StateTensor> checked = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (SequenceBatchingConfig.State state : states(config)) {
            if (!names.add(state.inputName())) {
                throw unable("State input name '" + state.inputName() + "' specified more than once.");
            }
            ModelInput described = ModelInput.of(state.inputName(), state.dataType(), state.dims());
            TensorSignature input = named(described, "input", inputs);
            int output = output(state, wanted, wantedSignatures);
            Shape shape = initial.shape(state);
            DataType dataType = DataType.valueOf(state.dataType().wireName());
            checked.add(new StateTensor(given.size(), output, state.inputName(), dataType, shape,
                    initial.data(state, dataType, shape)));
            given.add(input);
        }
        return checked;
    }

    /** The number of the state's output among those of a call, to which it is added unless clients may ask for it. */
    private int output(SequenceBatchingConfig.State state, List<ModelTensor> wanted, List<TensorSignature> signatures)
            throws InferenceException {
        ModelInput described = ModelInput.of(state.outputName(), state.dataType(), state.dims());
        TensorSignature signature = named(described, "output", outputs);
        for (int i = 0; i < wanted.size(); i++) {
            if (wanted.get(i).name().equals(state.outputName())) {
                return i;
            }
        }
        wanted.add(new ModelTensor(state.outputName(), DataType.valueOf(state.dataType().wireName()),
                Reshape.of(state.dims(), state.dims(), config.maxBatchSize() > 0), false, false));
        signatures.add(signature);
        return wanted.size() - 1;
    }

    private TensorSignature named(ModelInput state, String kind, Map<String, TensorSignature> allowed)
            throws InferenceException {
        TensorSignature signature = allowed.get(state.name());
        if (signature == null) {
            throw unable("state '" + state.name() + "' is no " + kind + " of the model, whose " + kind + "s are: "
                    + String.join(", ", allowed.keySet()));
        }
        DataType provided = signature.dataType();
        if (provided == null || !provided.name().equals(state.dataType().wireName())) {
            throw unable("configuration expects datatype " + state.dataType().configName() + " for state '"
                    + state.name() + "', model provides " + (provided == null ? "another" : "TYPE_" + provided));
        }
        InferenceException problem = dims.problem(state, signature);
        if (problem != null) {
            throw problem;
        }
        return signature;
    }

    private InferenceException unable(String why) {
        return new InferenceException(ErrorCode.INVALID_ARG, "unable to load model '" + config.name() + "', " + why);
    }
}
