package io.nereid.server.ondemand;

import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.ModelOutline;
import io.nereid.modelrepo.ModelRepository;
import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.RepositoryModel;
import io.nereid.modelrepo.StoredModel;
import io.nereid.modelrepo.config.EnsembleConfig;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigException;
import io.nereid.modelrepo.config.SequenceBatchingConfig;
import io.nereid.server.model.control.LoadErrors;
import io.nereid.server.model.loading.ModelVersions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Gatherers;
import java.util.stream.Stream;

/**
 * Reads what models are by their files, without loading them. Blocks.
 *
 * @param repository where they are
 * @param versions completes configurations
 */
record RepositorySketches(ModelRepository repository, ModelVersions versions) {
    /** The parameter of a model that stays loaded. */
    static final String KEEP = "keep";

    /** How many models are read at once: each takes a store in the network some questions. */
    private static final int READERS = 16;
    private static final Logger LOG = LoggerFactory.getLogger(RepositorySketches.class);

    /**
     * All models of the repositories.
     *
     * @throws ModelRepositoryException if a repository cannot be read
     */
    List<ModelSketch> all() {
        return repository.scan().models().values().stream().gather(Gatherers.mapConcurrent(READERS, this::read))
                .toList();
    }

    /**
     * One of them; null where no repository has it, or several.
     *
     * @throws ModelRepositoryException if a repository cannot be read
     */
    @Nullable
    ModelSketch of(String model) {
        StoredModel stored = repository.scan(model).models().get(model);
        return stored == null ? null : read(stored);
    }

    /**
     * Finds what a load of a model would fail by, as far as its files say it.
     *
     * @throws InferenceException what it would fail by
     */
    void check(String model) throws InferenceException {
        try {
            StoredModel stored = repository.scan(model).models().get(model);
            if (stored != null) { // else its load says why
                check(stored);
            }
        } catch (ModelConfigException | ModelRepositoryException e) {
            throw LoadErrors.unreadable(model, String.valueOf(e.getMessage()));
        }
    }

    private void check(StoredModel stored) throws InferenceException {
        ModelOutline outline = stored.outline();
        try {
            RepositoryModel model = repository.read(outline.files().directory());
            if (outline.whole()) { // else backends would look into files that are not there
                versions.check(model, outline.files());
            }
        } finally {
            outline.files().release();
        }
    }

    private ModelSketch read(StoredModel stored) {
        try {
            ModelOutline outline = stored.outline();
            try {
                return sketch(repository.read(outline.files().directory()), outline);
            } finally {
                outline.files().release();
            }
        } catch (ModelConfigException | ModelRepositoryException e) {
            LOG.warn("model '{}' cannot be loaded as it is: {}", stored.name(), e.getMessage());
            return ModelSketch.unreadable(stored.name());
        }
    }

    private ModelSketch sketch(RepositoryModel model, ModelOutline outline) {
        ModelConfig config = model.config();
        Set<String> steps = new TreeSet<>();
        if (config.scheduling() instanceof EnsembleConfig ensemble) {
            ensemble.steps().forEach(step -> steps.add(step.modelName()));
        }
        long safeNanos = config.scheduling() instanceof SequenceBatchingConfig sequences
                ? sequences.maxSequenceIdle().toNanos()
                : 0;
        return new ModelSketch(model.directory().name(), complete(model, outline),
                List.copyOf(model.versions().navigableKeySet()), config.versionAliases(),
                model.versions().values().stream().mapToLong(RepositorySketches::size).sum(), steps,
                Boolean.parseBoolean(config.parameters().getOrDefault(KEEP, "false")), safeNanos, false);
    }

    /** Null where only a load can tell, or will say what is wrong with it. */
    private @Nullable ModelConfig complete(RepositoryModel model, ModelOutline outline) {
        ModelConfig config = model.config();
        boolean saysAll = config.isEnsemble() || !(config.inputs().isEmpty() || config.outputs().isEmpty());
        if (!outline.whole() && !saysAll) {
            return null;
        }
        try {
            return versions.completeWithoutLoading(model, outline.files());
        } catch (InferenceException | ModelConfigException | ModelRepositoryException e) {
            LOG.warn("model '{}' cannot be loaded as it is: {}", model.directory().name(), e.getMessage());
            return null;
        }
    }

    private static long size(Path directory) {
        try (Stream<Path> files = Files.walk(directory, FileVisitOption.FOLLOW_LINKS)) {
            return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("the size of {} is not known: {}", directory, e.toString());
            return 0;
        }
    }
}
