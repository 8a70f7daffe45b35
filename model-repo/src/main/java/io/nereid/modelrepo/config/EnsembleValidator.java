package io.nereid.modelrepo.config;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Checks what one ensemble says by itself; whether its models fit together is known only when they are loaded. */
final class EnsembleValidator {

    private final ModelConfig config;
    private final Problems problems;
    private final Set<String> produced = new HashSet<>();
    private final Set<String> consumed = new HashSet<>();

    private EnsembleValidator(ModelConfig config, Problems problems) {
        this.config = config;
        this.problems = problems;
    }

    static void validate(ModelConfig config, EnsembleConfig ensemble, Problems problems) {
        EnsembleValidator validator = new EnsembleValidator(config, problems);
        validator.checkForbiddenFields();
        validator.checkSteps(ensemble.steps());
        validator.checkTensors();
        validator.checkOrder(ensemble.steps());
    }

    private void checkForbiddenFields() {
        if (!config.backend().isEmpty()) {
            forbidden("backend",
                    "Ensemble model '" + config.name() + "' must have platform type 'ensemble' and empty backend type");
        }
        String ensemble = " be specified for ensemble '" + config.name() + "'";
        if (!config.instanceGroups().isEmpty()) {
            forbidden("instance_group", "instance group should not" + ensemble);
        }
        if (config.has("optimization")) {
            forbidden("optimization", "optimization should not" + ensemble);
        }
        if (config.has("model_warmup")) {
            forbidden("model_warmup", "model_warmup can not" + ensemble);
        }
    }

    private void forbidden(String field, String text) {
        problems.wrong(field, text + ": its models have their own");
    }

    private void checkSteps(List<EnsembleConfig.Step> steps) {
        if (steps.isEmpty()) {
            problems.missing("ensemble_scheduling", "must specify 'step' for ensemble '" + config.name() + "'");
        }
        config.inputs().forEach(input -> produced.add(input.name()));
        for (int i = 0; i < steps.size(); i++) {
            checkStep(i, steps.get(i));
        }
    }

    private void checkStep(int index, EnsembleConfig.Step step) {
        String path = "ensemble_scheduling.step[" + index + "]";
        String where = " in step " + index + " of ensemble '" + config.name() + "'";
        if (step.modelName().isEmpty()) {
            problems.missing(path, "must specify 'model_name'" + where);
        }
        if (step.modelVersion() < -1) {
            problems.wrong(path + ".model_version", "'model_version'" + where
                    + " must be -1 for the latest or a version, got " + step.modelVersion());
        }
        if (step.inputMap().isEmpty()) {
            problems.missing(path, "must specify 'input_map'" + where);
        }
        if (step.outputMap().isEmpty()) {
            problems.missing(path, "must specify 'output_map'" + where);
        }
        consumed.addAll(step.inputMap().values());
        for (String tensor : new TreeSet<>(step.outputMap().keySet())) {
            String name = step.outputMap().getOrDefault(tensor, "");
            if (!produced.add(name)) {
                problems.wrong(path + ".output_map", "ensemble tensor '" + name
                        + "' can appear in an output map only once for ensemble '" + config.name() + "' step " + index
                        + ", it is also the output '" + tensor + "' of '" + step.modelName() + "'");
            }
        }
    }

    private void checkTensors() {
        Set<String> outputs = new HashSet<>();
        for (int i = 0; i < config.outputs().size(); i++) {
            String name = config.outputs().get(i).name();
            outputs.add(name);
            if (!produced.contains(name)) {
                problems.missing("output[" + i + "]",
                        "ensemble output '" + name + "' for ensemble " + config.name()
                                + "' is not used: no step gives it");
            }
        }
        for (int i = 0; i < config.inputs().size(); i++) {
            String name = config.inputs().get(i).name();
            if (!consumed.contains(name)) {
                problems.missing("input[" + i + "]",
                        "ensemble input '" + name + "' for ensemble " + config.name()
                                + "' is not used: no step takes it");
            }
            consumed.add(name);
        }
        for (String name : new TreeSet<>(consumed)) {
            if (!produced.contains(name)) {
                problems.missing("ensemble_scheduling", "ensemble tensor '" + name + "' of ensemble '" + config.name()
                        + "' is used but not produced by any step");
            }
        }
        for (String name : new TreeSet<>(produced)) {
            if (!consumed.contains(name) && !outputs.contains(name)) {
                problems.missing("ensemble_scheduling", "ensemble tensor '" + name + "' is unused in ensemble '"
                        + config.name() + "': no step takes it, and it is no output");
            }
        }
    }

    /** Whether every step gets its inputs at some time: steps that wait for each other never do. */
    private void checkOrder(List<EnsembleConfig.Step> steps) {
        Set<String> ready = new HashSet<>(consumed);
        steps.forEach(step -> ready.removeAll(step.outputMap().values()));
        config.inputs().forEach(input -> ready.add(input.name()));
        List<EnsembleConfig.Step> left = new ArrayList<>(steps);
        for (int before = left.size() + 1; left.size() < before;) {
            before = left.size();
            List<EnsembleConfig.Step> next = left.stream()
                    .filter(step -> ready.containsAll(step.inputMap().values())).toList();
            next.forEach(step -> ready.addAll(step.outputMap().values()));
            left.removeAll(next);
        }
        for (EnsembleConfig.Step step : left) {
            problems.wrong("ensemble_scheduling.step[" + steps.indexOf(step) + "]", "step " + steps.indexOf(step)
                    + " of ensemble '" + config.name() + "' waits for tensors that depend on its own outputs");
        }
    }
}
