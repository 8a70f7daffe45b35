package io.nereid.server.model.loading;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.EnsembleConfig;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.modelrepo.lifecycle.ModelLifecycle;
import io.nereid.modelrepo.lifecycle.ModelLookupException;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
import io.nereid.server.model.ServedModel;

import java.util.ArrayList;
import java.util.List;

/** Finds the model versions of an ensemble's steps among those that are served. Thread-safe. */
public record StepVersions(ModelLifecycle<ServedModel> lifecycle) {
    /**
     * References to them in the order of the steps, for the caller to release; all or none.
     *
     * @throws InferenceException INVALID_ARG, in Triton's words, if one is not served
     */
    List<ModelHandle<ServedModel>> acquire(ModelConfig ensemble) throws InferenceException {
        List<ModelHandle<ServedModel>> held = new ArrayList<>();
        try {
            for (EnsembleConfig.Step step : ((EnsembleConfig) ensemble.scheduling()).steps()) {
                held.add(acquire(ensemble.name(), step));
            }
            return held;
        } catch (InferenceException | RuntimeException | Error e) {
            held.forEach(ModelHandle::release);
            throw e;
        }
    }

    private ModelHandle<ServedModel> acquire(String ensemble, EnsembleConfig.Step step) throws InferenceException {
        try {
            return lifecycle.acquire(step.modelId(), step.modelVersion());
        } catch (ModelLookupException _) {
            throw new InferenceException(ErrorCode.INVALID_ARG, missing(ensemble, step));
        }
    }

    private String missing(String ensemble, EnsembleConfig.Step step) {
        String model = step.modelId();
        List<RepositoryIndexEntry> known = lifecycle.index().stream().filter(entry -> entry.id().equals(model))
                .toList();
        String depends = "ensemble '" + ensemble + "' depends on '" + model + "' ";
        if (known.stream().anyMatch(entry -> entry.version().isEmpty() && !entry.reason().isEmpty())) {
            return depends + "which is not valid. Model '" + model + "' failed with error: "
                    + known.getFirst().reason();
        }
        try {
            if (!lifecycle.readyVersions(model).isEmpty()) {
                return depends + "whose required version " + step.modelVersion() + " is not loaded.";
            }
        } catch (ModelLookupException _) {
            return notAvailable(ensemble, List.of(model));
        }
        String reason = known.stream().map(RepositoryIndexEntry::reason).filter(text -> !text.isEmpty())
                .findFirst().orElse("");
        return depends + "which has no loaded version."
                + (reason.isEmpty() ? "" : " Model '" + model + "' loading failed with error: " + reason);
    }

    /** The text for models that no repository has, or more than one. */
    public static String notAvailable(String ensemble, List<String> models) {
        return "ensemble " + ensemble + " contains models that are not available or ambiguous: "
                + String.join(", ", models);
    }
}
