package io.nereid.backend.onnxruntime;

import io.nereid.backend.onnxruntime.binding.TensorSignature;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.modelrepo.config.BatchInputConfig;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelInput;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Compares the batch inputs of a complete configuration with the model's signature. */
final class BatchInputCheck {
    private final ModelConfig config;
    private final Map<String, TensorSignature> allowed;

    /** A check of this configuration; the model can be given the inputs in {@code allowed}. */
    BatchInputCheck(ModelConfig config, Map<String, TensorSignature> allowed) {
        this.config = config;
        this.allowed = allowed;
    }

    /** The model's inputs that no request gives. */
    static List<String> targets(ModelConfig config) {
        return config.batchInputs().stream().flatMap(input -> input.targetNames().stream()).toList();
    }

    /**
     * The batch inputs.
     *
     * @param inputs those that requests give, by name
     * @param given signatures of the inputs of a call; those that batch inputs fill are added
     * @throws InferenceException INVALID_ARG if the model has no such input
     */
    List<BatchInput> check(Map<String, ModelTensor> inputs, List<TensorSignature> given) throws InferenceException {
        List<BatchInput> checked = new ArrayList<>();
        for (BatchInputConfig input : config.batchInputs()) {
            ModelTensor source = Objects.requireNonNull(inputs.get(input.sourceInputs().getFirst()));
            DataType dataType = DataType.valueOf(input.dataType().wireName());
            List<Integer> targets = new ArrayList<>();
            for (String target : input.targetNames()) {
                targets.add(given.size());
                given.add(checked(input, target));
            }
            checked.add(new BatchInput(input.kind(), dataType, source, targets));
        }
        return checked;
    }

    private TensorSignature checked(BatchInputConfig input, String target) throws InferenceException {
        TensorSignature signature = allowed.get(target);
        if (signature == null) {
            throw unable("unexpected batch input '" + target + "', allowed inputs are: "
                    + String.join(", ", allowed.keySet()));
        }
        DataType provided = signature.dataType();
        if (provided == null || !provided.name().equals(input.dataType().wireName())) {
            throw unable("configuration expects datatype " + input.dataType().configName() + " for batch input '"
                    + target + "', model provides " + (provided == null ? "another" : "TYPE_" + provided));
        }
        checkShape(input, target, signature.shape());
        return signature;
    }

    /** The first dimension is only known when there is a batch; a model that says nothing of its shape takes any. */
    private void checkShape(BatchInputConfig input, String target, Shape modelShape) throws InferenceException {
        Shape expected = shape(input);
        if (modelShape.rank() > 0 && (modelShape.rank() != expected.rank()
                || !modelShape.tail().accepts(expected.tail()))) {
            throw unable("configuration expects model provides input with shape " + expected + " for batch input '"
                    + target + "' of kind BATCH_" + input.kind() + ", model provides " + modelShape);
        }
    }

    private Shape shape(BatchInputConfig input) {
        if (input.kind() != BatchInputConfig.Kind.ITEM_SHAPE) {
            return Shape.of(Shape.ANY);
        }
        ModelInput source = Objects.requireNonNull(config.input(input.sourceInputs().getFirst()));
        return Shape.of(Shape.ANY, source.reshape().orElse(source.dims()).size());
    }

    private InferenceException unable(String why) {
        return new InferenceException(ErrorCode.INVALID_ARG, "unable to load model '" + config.name() + "', " + why);
    }
}
