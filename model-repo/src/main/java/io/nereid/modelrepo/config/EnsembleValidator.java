package io.nereid.modelrepo.config;

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
    }

    private void checkForbiddenFields() {
        if (!config.backend().isEmpty()) {
            forbidden("backend");
        }
        if (!config.instanceGroups().isEmpty()) {
            forbidden("instance_group");
        }
        if (config.has("optimization")) {
            forbidden("optimization");
        }
        if (config.has("model_warmup")) {
            forbidden("model_warmup");
        }
    }

    private void forbidden(String field) {
        problems.wrong(field, "'" + field + "' must not be specified for ensemble '" + config.name()
                + "': its models have their own");
    }

    private void checkSteps(List<EnsembleConfig.Step> steps) {
        if (steps.isEmpty()) {
            problems.missing("ensemble_scheduling", "must specify 'step' for ensemble '" + config.name() + "'");
        }
        config.inputs().forEach(input -> produced.add(input.name()));
        for (int i = 0; i < steps.size(); i++) {
            checkStep("ensemble_scheduling.step[" + i + "]", steps.get(i));
        }
    }

    private void checkStep(String path, EnsembleConfig.Step step) {
        if (step.modelName().isEmpty()) {
            problems.missing(path, "must specify 'model_name' in step of ensemble '" + config.name() + "'");
        }
        if (step.modelVersion() < -1) {
            problems.wrong(path + ".model_version", "'model_version' in step of ensemble '" + config.name()
                    + "' must be -1 for the latest or a version, got " + step.modelVersion());
        }
        if (step.inputMap().isEmpty()) {
            problems.missing(path, "must specify 'input_map' in step '" + step.modelName() + "' of ensemble '"
                    + config.name() + "'");
        }
        if (step.outputMap().isEmpty()) {
            problems.missing(path, "must specify 'output_map' in step '" + step.modelName() + "' of ensemble '"
                    + config.name() + "'");
        }
        consumed.addAll(step.inputMap().values());
        for (String tensor : new TreeSet<>(step.outputMap().keySet())) {
            String name = step.outputMap().getOrDefault(tensor, "");
            if (!produced.add(name)) {
                problems.wrong(path + ".output_map", "ensemble tensor '" + name + "' of ensemble '" + config.name()
                        + "' must be produced once, is also the output '" + tensor + "' of step '" + step.modelName()
                        + "'");
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
                        "ensemble output '" + name + "' of ensemble '" + config.name()
                                + "' is not produced by any step");
            }
        }
        for (int i = 0; i < config.inputs().size(); i++) {
            String name = config.inputs().get(i).name();
            if (!consumed.contains(name)) {
                problems.missing("input[" + i + "]",
                        "ensemble input '" + name + "' of ensemble '" + config.name() + "' is not used by any step");
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
                problems.missing("ensemble_scheduling", "ensemble tensor '" + name + "' of ensemble '" + config.name()
                        + "' is produced but never used");
            }
        }
    }
}
