package io.nereid.backend;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelInput;
import io.nereid.modelrepo.config.ModelOutput;
import io.nereid.modelrepo.config.TensorConfig;

import java.util.List;

/**
 * The tensors of a backend that is a decoupled model by itself, whatever it is called; not decoupled, it serves
 * requests that have exactly one response. A configuration is validated against it when it loads.
 *
 * @param backend the backend's name
 * @param inputs all inputs; a dimension of -1 allows any size
 * @param outputs all outputs; likewise
 */
public record DecoupledSignature(String backend, List<ModelInput> inputs, List<ModelOutput> outputs) {
    /** The lists are copied. */
    public DecoupledSignature {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    /**
     * Checks that a configuration does not batch, and has just these inputs and outputs.
     *
     * @throws InferenceException INVALID_ARG if it is not so
     */
    public void check(ModelConfig config) throws InferenceException {
        if (config.maxBatchSize() != 0) {
            throw unable(config, "max_batch_size is " + config.maxBatchSize() + " (expected 0)");
        }
        check(config, "input", inputs, config.inputs());
        check(config, "output", outputs, config.outputs());
    }

    private void check(ModelConfig config, String kind, List<? extends TensorConfig> expected,
            List<? extends TensorConfig> configured) throws InferenceException {
        for (TensorConfig tensor : expected) {
            TensorConfig found = configured.stream().filter(other -> other.name().equals(tensor.name())).findFirst()
                    .orElseThrow(() -> unable(config, "it has no " + kind + " '" + tensor.name() + "'"));
            check(config, kind + " '" + tensor.name() + "'", tensor, found);
        }
        for (TensorConfig tensor : configured) {
            if (expected.stream().noneMatch(known -> known.name().equals(tensor.name()))) {
                throw unable(config, "it has an " + kind + " '" + tensor.name() + "' (expected only "
                        + String.join(", ", expected.stream().map(TensorConfig::name).toList()) + ")");
            }
        }
    }

    private void check(ModelConfig config, String what, TensorConfig expected, TensorConfig found)
            throws InferenceException {
        if (found.dataType() != expected.dataType()) {
            throw unable(config, what + " has data_type " + found.dataType().configName() + " (expected "
                    + expected.dataType().configName() + ")");
        }
        if (!fits(expected.dims(), found.dims())) {
            throw unable(config, what + " has dims " + found.dims() + " (expected " + expected.dims() + ")");
        }
        if (found.reshape().isPresent()) {
            throw unable(config, what + " has a reshape (expected none)");
        }
    }

    private static boolean fits(List<Long> expected, List<Long> found) {
        if (expected.size() != found.size()) {
            return false;
        }
        for (int i = 0; i < expected.size(); i++) {
            if (expected.get(i) != -1 && !expected.get(i).equals(found.get(i))) {
                return false;
            }
        }
        return true;
    }

    /** The error of a model that cannot be loaded, and why. */
    public InferenceException unable(ModelConfig config, String why) {
        return new InferenceException(ErrorCode.INVALID_ARG,
                "unable to load model '" + config.name() + "' with the " + backend + " backend: " + why);
    }
}
