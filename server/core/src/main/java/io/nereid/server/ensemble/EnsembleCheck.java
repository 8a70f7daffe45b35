package io.nereid.server.ensemble;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.EnsembleConfig;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelInput;
import io.nereid.modelrepo.config.TensorConfig;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Whether the models of an ensemble fit together, in Triton's words and in its order (docs/compatibility.md,
 * "Ensembles"); what an ensemble says by itself was checked with its configuration.
 */
public final class EnsembleCheck {
    private final ModelConfig ensemble;
    private final List<EnsembleConfig.Step> steps;
    private final List<ModelConfig> models;
    /** By the tensor's name: who was the first to say what it is. */
    private final Map<String, Known> tensors = new HashMap<>();

    /** What a model says of a tensor. */
    private record Known(String model, TensorConfig tensor, List<Long> dims, boolean batches) {
        List<Long> fullDims() {
            if (!batches) {
                return dims;
            }
            List<Long> full = new ArrayList<>(dims.size() + 1);
            full.add(-1L);
            full.addAll(dims);
            return full;
        }
    }

    private EnsembleCheck(ModelConfig ensemble, List<ModelConfig> models) {
        this.ensemble = ensemble;
        this.steps = ((EnsembleConfig) ensemble.scheduling()).steps();
        this.models = models;
    }

    /**
     * Checks an ensemble.
     *
     * @param models the complete configurations of the steps' models, in the order of the steps
     * @throws InferenceException INVALID_ARG with the first thing that does not fit
     */
    public static void check(ModelConfig ensemble, List<ModelConfig> models) throws InferenceException {
        EnsembleCheck check = new EnsembleCheck(ensemble, models);
        for (TensorConfig input : ensemble.inputs()) {
            check.own(input);
        }
        for (TensorConfig output : ensemble.outputs()) {
            check.own(output);
        }
        for (int i = 0; i < models.size(); i++) {
            check.checkStep(check.steps.get(i), models.get(i));
        }
        check.checkOrigins();
    }

    private void own(TensorConfig tensor) {
        tensors.put(tensor.name(), new Known(ensemble.name(), tensor, tensor.reshape().orElse(tensor.dims()),
                ensemble.maxBatchSize() > 0));
    }

    private void checkStep(EnsembleConfig.Step step, ModelConfig model) throws InferenceException {
        if (model.maxBatchSize() > 0 && model.maxBatchSize() < ensemble.maxBatchSize()) {
            throw invalid("ensemble " + ensemble.name() + " allows maximum batch size " + ensemble.maxBatchSize()
                    + ", but it contains model " + model.name() + " which only allows maximum batch size to be "
                    + model.maxBatchSize());
        }
        for (Map.Entry<String, String> mapped : new TreeMap<>(step.inputMap()).entrySet()) {
            TensorConfig input = model.input(mapped.getKey());
            if (input == null) {
                throw invalid(in() + "ensemble tensor " + mapped.getValue() + " is mapping to non-existing input "
                        + mapped.getKey() + " in model " + model.name() + names("inputs", model.inputs()));
            }
            checkTensor(mapped.getValue(), model, input);
        }
        for (ModelInput input : model.inputs()) {
            if (!input.optional() && !step.inputMap().containsKey(input.name())) {
                throw invalid(in() + "input " + input.name() + " in model " + model.name()
                        + " is not mapped to any ensemble tensors");
            }
        }
        for (Map.Entry<String, String> mapped : new TreeMap<>(step.outputMap()).entrySet()) {
            TensorConfig output = model.output(mapped.getKey());
            if (output == null) {
                throw invalid(in() + "ensemble tensor " + mapped.getValue() + " is mapped from non-existing output "
                        + mapped.getKey() + " in model " + model.name() + names("outputs", model.outputs()));
            }
            checkTensor(mapped.getValue(), model, output);
        }
    }

    private void checkTensor(String name, ModelConfig model, TensorConfig tensor) throws InferenceException {
        Known now = new Known(model.name(), tensor, tensor.dims(), model.maxBatchSize() > 0);
        Known before = tensors.putIfAbsent(name, now);
        if (before == null) {
            return;
        }
        String where = in() + "ensemble tensor " + name + ": ";
        if (before.tensor.dataType() != tensor.dataType()) {
            throw invalid(where + "inconsistent data type: TYPE_" + before.tensor.dataType()
                    + " is inferred from model " + before.model + " while TYPE_" + tensor.dataType()
                    + " is inferred from model " + model.name());
        }
        if (!fit(before.dims, now.dims) && !fit(before.fullDims(), now.fullDims())) {
            throw invalid(where + "inconsistent shape: " + text(before.fullDims()) + " is inferred from model "
                    + before.model + " while " + text(now.fullDims()) + " is inferred from model " + model.name());
        }
    }

    /** Of both models only one may say how many responses there are. */
    private void checkOrigins() throws InferenceException {
        EnsembleGraph graph = new EnsembleGraph(ensemble, models);
        for (EnsembleGraph.Step step : graph.steps()) {
            long origins = step.inputs().stream().map(input -> graph.origin(input.tensor()))
                    .filter(origin -> origin != EnsembleGraph.NONE).distinct().count();
            if (origins > 1) {
                throw invalid(in() + "step of model '" + step.model()
                        + "' receives inputs originated from different decoupled models");
            }
        }
    }

    private static boolean fit(List<Long> one, List<Long> other) {
        if (one.size() != other.size()) {
            return false;
        }
        for (int i = 0; i < one.size(); i++) {
            if (one.get(i) != -1 && other.get(i) != -1 && !one.get(i).equals(other.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static String text(List<Long> dims) {
        return dims.stream().map(String::valueOf).collect(Collectors.joining(",", "[", "]"));
    }

    private static String names(String what, List<? extends TensorConfig> tensors) {
        return " (its " + what + " are " + tensors.stream().map(tensor -> "'" + tensor.name() + "'")
                .collect(Collectors.joining(", ")) + ")";
    }

    private String in() {
        return "in ensemble " + ensemble.name() + ", ";
    }

    private static InferenceException invalid(String text) {
        return new InferenceException(ErrorCode.INVALID_ARG, text);
    }
}
