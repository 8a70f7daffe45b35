package io.nereid.server.model;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.ModelContents;
import io.nereid.modelrepo.ModelDirectory;
import io.nereid.modelrepo.ModelFiles;
import io.nereid.modelrepo.ModelRepository;
import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.OverrideFiles;
import io.nereid.modelrepo.RepositoryModel;
import io.nereid.modelrepo.StoredModel;
import io.nereid.modelrepo.config.EnsembleConfig;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigException;
import io.nereid.modelrepo.lifecycle.LoadResult;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.modelrepo.lifecycle.ModelLifecycle;
import io.nereid.modelrepo.lifecycle.ModelLookupException;
import io.nereid.modelrepo.lifecycle.ModelState;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Loads and unloads models so that what is served agrees with their files, and remembers what these were. Loads and
 * unloads of one model happen one after the other, those of different models at the same time. Thread-safe; blocks, for
 * a lifecycle does the work on threads of its own.
 */
final class ModelLoads {
    private static final Logger LOG = LoggerFactory.getLogger(ModelLoads.class);

    private final ModelRepository repository;
    private final ModelVersions versions;
    private final ModelLifecycle<ServedModel> lifecycle;
    private final NativeCodeRule nativeCode;
    /** Whether models may be loaded again, so that it has to be known what their files were. */
    private final boolean repeatable;
    private final ModelLocks locks = new ModelLocks();
    /** By model; changed under its lock. */
    private final Map<String, Loaded> loaded = new ConcurrentHashMap<>();
    /** The ensembles that are wanted, served or not; changed under their locks. */
    private final Map<String, WantedEnsemble> ensembles = new ConcurrentHashMap<>();

    ModelLoads(ModelRepository repository, ModelVersions versions, ModelLifecycle<ServedModel> lifecycle,
            NativeCodeRule nativeCode, boolean repeatable) {
        this.repository = repository;
        this.versions = versions;
        this.lifecycle = lifecycle;
        this.nativeCode = nativeCode;
        this.repeatable = repeatable;
    }

    /**
     * What a model was last loaded from.
     *
     * @param contents what the repository's files were then; UNKNOWN where the model is made of other files
     * @param config as it was read, before a backend completed it
     * @param overridden whether that was not simply what the repository has
     */
    private record Loaded(ModelContents contents, ModelConfig config, boolean overridden) {}

    /** What an ensemble is made of again when its models have changed; holds its files. */
    private record WantedEnsemble(RepositoryModel model, ModelFiles files, Loaded now) {}

    /**
     * Whether a model was loaded when its files in the repository were these, and nothing of it failed since. It may
     * have another configuration than the repository's: that stays until the files change.
     */
    boolean isLoaded(String model, ModelContents contents) {
        Loaded before = loaded.get(model);
        return before != null && !before.contents.equals(ModelContents.UNKNOWN) && before.contents.equals(contents)
                && !lifecycle.preventsReadiness(model);
    }

    /** The models that are served, and those that should be and failed to load. */
    Set<String> names() {
        Set<String> names = new TreeSet<>(loaded.keySet());
        lifecycle.models().stream().filter(lifecycle::preventsReadiness).forEach(names::add);
        return names;
    }

    /**
     * Loads a model from the repository if its files have changed since the last time, or nothing of it is served. If
     * it cannot be read, the index says why.
     *
     * @param steps loads what it needs
     * @throws ModelConfigException if its configuration cannot be used
     * @throws ModelRepositoryException if it cannot be read
     * @throws InferenceException if its instances cannot be changed
     */
    LoadResult load(StoredModel stored, StepLoads steps) throws InferenceException {
        try (ModelLocks.Held _ = locks.acquire(stored.name())) {
            ModelContents contents = repeatable ? stored.contents() : ModelContents.UNKNOWN;
            if (repeatable && isLoaded(stored.name(), contents)) {
                return LoadResult.unchanged(stored.name());
            }
            ModelFiles files = stored.fetch();
            try {
                RepositoryModel model = repository.read(files.directory());
                return load(model, files, new Loaded(contents, model.config(), false), steps);
            } finally {
                files.release();
            }
        } catch (ModelConfigException | ModelRepositoryException e) {
            reject(stored.name(), e);
            throw e;
        }
    }

    private void reject(String model, RuntimeException e) {
        String reason = ErrorCode.INVALID_ARG.before(String.valueOf(e.getMessage()));
        if (e instanceof ModelRepositoryException unusable && unusable.isNoVersion()) {
            lifecycle.rejectVersions(model, reason);
        } else {
            lifecycle.reject(model, reason);
        }
    }

    /**
     * Loads a model from the repository with another configuration, which it keeps until its files there change or it
     * is unloaded.
     *
     * @param config in its JSON form
     * @param byModel as {@link LoadOverride} says
     */
    LoadResult load(StoredModel stored, String config, boolean byModel, StepLoads steps) throws InferenceException {
        try (ModelLocks.Held _ = locks.acquire(stored.name())) {
            ModelContents contents = stored.contents();
            return loadOverridden(stored.fetch(), config, contents, byModel, steps);
        }
    }

    /** Loads a model that need not be in the repository; if it is, the next plain load takes this back. */
    LoadResult load(String name, OverrideFiles files, String config, boolean byModel, StepLoads steps)
            throws InferenceException {
        try (ModelLocks.Held _ = locks.acquire(name)) {
            return loadOverridden(files.take(name), config, ModelContents.UNKNOWN, byModel, steps);
        }
    }

    private LoadResult loadOverridden(ModelFiles files, String config, ModelContents contents, boolean byModel,
            StepLoads steps) throws InferenceException {
        try {
            ModelDirectory directory = files.directory();
            RepositoryModel model = repository.read(directory, config);
            if (!byModel) {
                boolean filesToo = contents.equals(ModelContents.UNKNOWN);
                nativeCode.check(model.config(), filesToo ? List.of() : trusted(directory), filesToo);
            }
            return load(model, files, new Loaded(contents, model.config(), true), steps);
        } finally {
            files.release();
        }
    }

    /** The native code that the repository's own configuration brings; none if that cannot be read. */
    private List<String> trusted(ModelDirectory directory) {
        try {
            return nativeCode.of(repository.read(directory).config(), false);
        } catch (ModelConfigException | ModelRepositoryException _) {
            return List.of();
        }
    }

    /** Under the model's lock. */
    private LoadResult load(RepositoryModel model, ModelFiles files, Loaded now, StepLoads steps)
            throws InferenceException {
        String name = model.directory().name();
        model.warnings().forEach(warning -> LOG.warn("model '{}': {}", name, warning));
        LoadResult result;
        if (model.config().scheduling() instanceof EnsembleConfig ensemble) {
            WantedEnsemble wanted = new WantedEnsemble(model, files.retain(), now);
            forget(ensembles.put(name, wanted));
            result = load(wanted, steps.prepare(name, ensemble));
        } else {
            forget(ensembles.remove(name));
            result = load(model, files, now);
        }
        if (result.succeeded()) {
            steps.loaded(name);
        }
        return result;
    }

    private static void forget(@Nullable WantedEnsemble ensemble) {
        if (ensemble != null) {
            ensemble.files.release();
        }
    }

    private LoadResult load(RepositoryModel model, ModelFiles files, Loaded now) throws InferenceException {
        String name = model.directory().name();
        Loaded before = loaded.get(name);
        NavigableSet<Long> toLoad = new TreeSet<>(model.versions().keySet());
        Set<Long> keep = before == null ? Set.of() : unchanged(name, toLoad, before, now);
        toLoad.removeAll(keep);
        VersionLoader loader = versions.loader(model, files);
        LoadResult result = lifecycle.load(name, toLoad, keep, loader).join();
        if (result.succeeded()) {
            if (before != null && !keep.isEmpty() && !before.config.equals(now.config)) {
                // Until the change is whole; if it fails, the next load takes everything anew.
                loaded.put(name, new Loaded(ModelContents.UNKNOWN, now.config, true));
                changeInstances(name, keep, loader);
            }
            loaded.put(name, now);
            LOG.info("model '{}': serving version(s) {}{}", name, model.versions().keySet(),
                    keep.isEmpty() ? "" : ", unchanged " + keep);
        }
        return result;
    }

    /** All versions anew: each holds the models that were served when it was made. */
    private LoadResult load(WantedEnsemble ensemble, @Nullable InferenceException problem) {
        String name = ensemble.model.directory().name();
        NavigableSet<Long> all = new TreeSet<>(ensemble.model.versions().keySet());
        LoadResult result = lifecycle.load(name, all, Set.of(),
                new EnsembleLoader(ensemble.model, ensemble.files, versions, lifecycle, problem)).join();
        if (result.succeeded()) {
            loaded.put(name, ensemble.now);
            LOG.info("ensemble '{}': serving version(s) {}", name, all);
        } else { // what is served still is not what it should be: the next load tries again
            loaded.computeIfPresent(name, (_, before) -> new Loaded(ModelContents.UNKNOWN, before.config, true));
        }
        return result;
    }

    /**
     * Makes an ensemble anew of the models that are served now; if that fails, it is served with those that it had.
     *
     * @return null if it is no wanted ensemble any more
     */
    @Nullable
    LoadResult reload(String ensemble) {
        try (ModelLocks.Held _ = locks.acquire(ensemble)) {
            WantedEnsemble wanted = ensembles.get(ensemble);
            return wanted == null ? null : load(wanted, null);
        }
    }

    /** The versions that are served from the same files by the same configuration, but for the instance groups. */
    private Set<Long> unchanged(String model, Set<Long> wanted, Loaded before, Loaded now) {
        if (before.overridden || now.overridden || !before.config.equalsButForInstances(now.config)
                || !before.contents.ofAllVersions().equals(now.contents.ofAllVersions())) {
            return Set.of();
        }
        Set<Long> unchanged = new HashSet<>(wanted);
        unchanged.removeIf(version -> lifecycle.state(model, version) != ModelState.READY
                || !before.contents.ofVersion(version).equals(now.contents.ofVersion(version)));
        return unchanged;
    }

    /**
     * On a platform thread: making an instance is mostly native code, which would block a carrier of virtual threads.
     */
    private void changeInstances(String model, Set<Long> kept, VersionLoader loader) throws InferenceException {
        FutureTask<@Nullable InferenceException> change = new FutureTask<>(() -> {
            try {
                changeInstances(model, kept, loader.completeConfig());
                return null;
            } catch (InferenceException e) {
                return e;
            }
        });
        Thread.ofPlatform().daemon().name("model-change-" + model).start(change);
        try {
            InferenceException error = change.get();
            if (error != null) {
                throw error;
            }
        } catch (ExecutionException e) {
            throw InferenceException.ofInternalError(e.getCause() == null ? e : e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InferenceException(ErrorCode.UNAVAILABLE, "model '" + model + "': the server is exiting", e);
        }
    }

    private void changeInstances(String model, Set<Long> kept, ModelConfig complete) throws InferenceException {
        for (long version : kept) {
            ModelHandle<ServedModel> handle = acquired(model, version);
            if (handle != null) {
                try {
                    handle.model().changeInstances(complete);
                    LOG.info("model '{}' version {}: instance groups changed", model, version);
                } finally {
                    handle.release();
                }
            }
        }
    }

    private @Nullable ModelHandle<ServedModel> acquired(String model, long version) {
        try {
            return lifecycle.acquire(model, version);
        } catch (ModelLookupException _) {
            return null; // the server is exiting
        }
    }

    /**
     * Takes a model out of service; returns before its last request has ended.
     *
     * @param wanted whether an ensemble comes back when its models do
     */
    void unload(String model, boolean wanted) {
        try (ModelLocks.Held _ = locks.acquire(model)) {
            if (!wanted) {
                forget(ensembles.remove(model));
            }
            loaded.remove(model);
            lifecycle.unload(model).thenRun(() -> LOG.info("model '{}': unloaded", model));
        }
    }
}
