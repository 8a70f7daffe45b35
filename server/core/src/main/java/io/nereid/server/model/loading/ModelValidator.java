package io.nereid.server.model.loading;

import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.LabelFile;
import io.nereid.modelrepo.ModelFiles;
import io.nereid.modelrepo.ModelRepository;
import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.RepositoryModel;
import io.nereid.modelrepo.StoredModel;
import io.nereid.modelrepo.agent.RepositoryAgents;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigException;
import io.nereid.modelrepo.config.ModelOutput;
import io.nereid.modelrepo.config.VersionPolicy;
import io.nereid.server.model.ServedModel;
import io.nereid.server.model.SignatureOfConfig;
import io.nereid.server.model.warmup.Warmup;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds what is wrong with a model by doing all that a load does, and then giving it back: so nothing that would keep
 * it from being served can be missed. Checks that do not hang on each other are all made. Not thread-safe.
 */
public final class ModelValidator {
    private static final Logger LOG = LoggerFactory.getLogger(ModelValidator.class);

    private final ModelRepository repository;
    private final ModelVersions versions;
    private final RepositoryAgents agents = new RepositoryAgents();

    public ModelValidator(ModelRepository repository, ModelVersions versions) {
        this.repository = repository;
        this.versions = versions;
    }

    /**
     * What was found of a model, each a text for people.
     *
     * @param problems what keeps it from being served as it says; empty if nothing does
     * @param warnings what is passed over when it is served, as the server's log says it
     */
    public record Findings(List<String> problems, List<String> warnings) {
        /** The lists are copied. */
        public Findings {
            problems = List.copyOf(problems);
            warnings = List.copyOf(warnings);
        }
    }

    /** Everything there is to say of the model. Blocks for as long as a load. */
    public Findings validate(StoredModel stored) {
        List<String> problems = new ArrayList<>();
        List<String> warnings = new ArrayList<>();
        try {
            ModelFiles files = stored.fetch();
            try {
                validate(repository.read(files.directory()), files, problems, warnings);
            } finally {
                files.release();
            }
        } catch (ModelConfigException | ModelRepositoryException e) {
            problems.add(String.valueOf(e.getMessage()));
        } catch (RuntimeException | Error e) { // an internal error: the other models are looked at all the same
            LOG.debug("model '{}'", stored.name(), e);
            problems.add("looking at it failed: " + e);
        }
        warnings.removeAll(problems); // a version that is named and not there is both
        return new Findings(problems, warnings);
    }

    private void validate(RepositoryModel model, ModelFiles files, List<String> problems, List<String> warnings) {
        warnings.addAll(model.warnings());
        checkPolicy(model, problems);
        try {
            agents.beforeLoad(model.directory(), model.config());
        } catch (ModelRepositoryException e) {
            problems.add(String.valueOf(e.getMessage()));
        }
        if (model.config().isEnsemble()) {
            validateEnsemble(model, problems, warnings);
            return;
        }
        ModelVersionLoader loader = versions.loader(model, files);
        try {
            ModelConfig config = loader.completeConfig();
            warnings.addAll(loader.warnings());
            checkLabels(config, model.directory().path(), problems);
            checkWarmup(config, model.directory().path(), problems);
        } catch (InferenceException e) {
            problems.add(e.text());
            return;
        }
        if (problems.isEmpty()) {
            model.versions().navigableKeySet().forEach(version -> load(loader, version, problems));
        }
    }

    private void validateEnsemble(RepositoryModel model, List<String> problems, List<String> warnings) {
        try {
            ModelConfig config = new EnsembleValidation(repository, versions).check(model);
            warnings.addAll(versions.schedulers().warnings(config));
            checkLabels(config, model.directory().path(), problems);
        } catch (InferenceException e) {
            problems.add(e.text());
        }
    }

    /** A version that is named and not there is only logged when the model is served. */
    private static void checkPolicy(RepositoryModel model, List<String> problems) {
        if (model.config().versionPolicy() instanceof VersionPolicy.Specific specific) {
            for (long version : specific.versions()) {
                if (!model.versions().containsKey(version)) {
                    problems.add("version " + version + " is in version_policy, but there is no directory '" + version
                            + "'");
                }
            }
        }
    }

    private static void checkLabels(ModelConfig config, Path directory, List<String> problems) {
        for (ModelOutput output : config.outputs()) {
            if (!output.labelFilename().isEmpty()) {
                try {
                    LabelFile.read(directory, output.labelFilename());
                } catch (ModelRepositoryException e) {
                    problems.add("output '" + output.name() + "': " + e.getMessage());
                }
            }
        }
    }

    private void checkWarmup(ModelConfig config, Path directory, List<String> problems) {
        Warmup warmup = new Warmup(config, SignatureOfConfig.ofWarmup(config), directory,
                versions.backends().heap(), (_, _) -> {
                }, () -> false);
        warmup.problems().forEach(problem -> problems.add(problem.text()));
    }

    private static void load(VersionLoader loader, long version, List<String> problems) {
        try (ServedModel _ = loader.loadOnce(version)) {
            LOG.debug("version {} loads", version);
        } catch (InferenceException e) {
            problems.add("version " + version + ": " + e.text());
        } catch (ModelConfigException | ModelRepositoryException e) {
            problems.add("version " + version + ": " + e.getMessage());
        }
    }
}
