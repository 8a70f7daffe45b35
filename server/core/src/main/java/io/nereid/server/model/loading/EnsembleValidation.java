package io.nereid.server.model.loading;

import io.nereid.backend.Isolation;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.ModelFiles;
import io.nereid.modelrepo.ModelRepository;
import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.RepositoryModel;
import io.nereid.modelrepo.StoredModel;
import io.nereid.modelrepo.config.EnsembleConfig;
import io.nereid.modelrepo.config.Gpus;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigCompletion;
import io.nereid.modelrepo.config.ModelConfigException;
import io.nereid.modelrepo.identifier.ModelIdentifier;
import io.nereid.server.ensemble.EnsembleCheck;

import java.util.ArrayList;
import java.util.List;

/** Looks whether an ensemble fits its models as the repository has them, without serving any. Blocks. */
public record EnsembleValidation(ModelRepository repository, ModelVersions versions) {
    /** What an ensemble is called in texts about what it cannot have. */
    public static final String AN_ENSEMBLE = "an ensemble";

    /**
     * The ensemble's configuration as it would be served.
     *
     * @throws InferenceException INVALID_ARG with the first thing that does not fit
     * @throws ModelConfigException if its own configuration is not complete
     */
    ModelConfig check(RepositoryModel ensemble) throws InferenceException {
        return check(ensemble,
                List.of(ModelIdentifier.of(ensemble.directory().namespace(), ensemble.config().name())));
    }

    private ModelConfig check(RepositoryModel ensemble, List<String> path) throws InferenceException {
        Isolation.NEVER.check(ensemble.config(), AN_ENSEMBLE);
        ModelConfig complete = ModelConfigCompletion.complete(repository.resolved(ensemble).config(), List.of(),
                Gpus.of(List.of()));
        List<ModelConfig> models = new ArrayList<>();
        for (EnsembleConfig.Step step : ((EnsembleConfig) complete.scheduling()).steps()) {
            models.add(config(complete.name(), step, path));
        }
        EnsembleCheck.check(complete, models);
        return complete.withDecoupled(models.stream().anyMatch(ModelConfig::decoupled));
    }

    private ModelConfig config(String ensemble, EnsembleConfig.Step step, List<String> path)
            throws InferenceException {
        String name = step.modelId();
        List<String> longer = new ArrayList<>(path);
        longer.add(name);
        if (path.contains(name)) {
            throw invalid("circular dependency between ensembles: "
                    + String.join(" -> ", longer.subList(longer.indexOf(name), longer.size())));
        }
        StoredModel stored = repository.scan(name).models().get(name);
        if (stored == null) {
            throw invalid(StepVersions.notAvailable(ensemble, List.of(step.modelName())));
        }
        try {
            return config(ensemble, step, stored, longer);
        } catch (ModelConfigException | ModelRepositoryException e) {
            throw invalid("ensemble '" + ensemble + "' depends on '" + name + "' which is not valid. Model '" + name
                    + "' failed with error: " + e.getMessage());
        }
    }

    private ModelConfig config(String ensemble, EnsembleConfig.Step step, StoredModel stored, List<String> path)
            throws InferenceException {
        ModelFiles files = stored.fetch();
        try {
            RepositoryModel model = repository.read(files.directory());
            if (step.modelVersion() != -1 && !model.versions().containsKey(step.modelVersion())) {
                throw invalid("ensemble '" + ensemble + "' depends on '" + step.modelName()
                        + "' whose required version " + step.modelVersion() + " is not loaded.");
            }
            return model.config().isEnsemble() ? check(model, path)
                    : versions.loader(model, files).completeConfig();
        } finally {
            files.release();
        }
    }

    private static InferenceException invalid(String text) {
        return new InferenceException(ErrorCode.INVALID_ARG, text);
    }
}
