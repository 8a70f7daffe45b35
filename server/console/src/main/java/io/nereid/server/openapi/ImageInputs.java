package io.nereid.server.openapi;

import io.nereid.modelrepo.config.DataType;
import io.nereid.modelrepo.config.EnsembleConfig;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelInput;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Finds the inputs that take the file of an image: those of the backend {@code image}, those that an ensemble hands to
 * one, and those whose name says so.
 *
 * @param models the configurations of all models, by name
 */
record ImageInputs(Map<String, ModelConfig> models) {
    private static final String BACKEND = "image";
    /** Ensembles within ensembles that are looked into. */
    private static final int MOST_NESTED = 8;

    /** Their names. */
    Set<String> of(ModelConfig model) {
        Set<String> names = new HashSet<>();
        for (ModelInput input : model.inputs()) {
            if (input.dataType() == DataType.STRING && input.dims().equals(List.of(1L))
                    && takesImage(model, input.name(), 0)) {
                names.add(input.name());
            }
        }
        return names;
    }

    private boolean takesImage(ModelConfig model, String input, int depth) {
        return switch (model.scheduling()) {
            case EnsembleConfig ensemble when depth < MOST_NESTED -> ensemble.steps().stream()
                    .anyMatch(step -> stepTakesImage(step, input, depth));
            default -> model.backend().equals(BACKEND) || input.toLowerCase(Locale.ROOT).contains("image");
        };
    }

    private boolean stepTakesImage(EnsembleConfig.Step step, String tensor, int depth) {
        ModelConfig model = models.get(step.modelName());
        return model != null && step.inputMap().entrySet().stream()
                .anyMatch(entry -> entry.getValue().equals(tensor) && takesImage(model, entry.getKey(), depth + 1));
    }
}
