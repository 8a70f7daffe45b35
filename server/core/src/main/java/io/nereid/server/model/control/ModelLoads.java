package io.nereid.server.model.control;

import io.nereid.backend.Abandonment;
import io.nereid.backend.Isolation;
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
import io.nereid.modelrepo.agent.RepositoryAgents;
import io.nereid.modelrepo.config.EnsembleConfig;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigException;
import io.nereid.modelrepo.lifecycle.LoadMode;
import io.nereid.modelrepo.lifecycle.LoadResult;
import io.nereid.modelrepo.lifecycle.ModelLifecycle;
import io.nereid.modelrepo.lifecycle.ModelState;
import io.nereid.server.model.ServedModel;
import io.nereid.server.model.loading.EnsembleLoader;
import io.nereid.server.model.loading.EnsembleValidation;
import io.nereid.server.model.loading.InstanceChanges;
import io.nereid.server.model.loading.ModelVersions;
import io.nereid.server.model.loading.NativeCodeRule;
import io.nereid.server.model.loading.VersionLoader;
import io.nereid.server.observation.MultiLine;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

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
    private final RepositoryAgents agents = new RepositoryAgents();
    private final InstanceChanges instances;
    private final ModelLocks locks = new ModelLocks();
    /** What becomes of a load of which a version fails. */
    private final LoadMode mode;
    /** By model; changed under its lock. */
    private final Map<String, ModelOrigin> loaded = new ConcurrentHashMap<>();
    /** The ensembles that are wanted, served or not; changed under their locks. */
    private final Map<String, WantedEnsemble> ensembles = new ConcurrentHashMap<>();

    ModelLoads(ModelRepository repository, ModelVersions versions, ModelLifecycle<ServedModel> lifecycle,
            NativeCodeRule nativeCode, boolean repeatable, LoadMode mode) {
        this.repository = repository;
        this.versions = versions;
        this.lifecycle = lifecycle;
        this.instances = new InstanceChanges(lifecycle);
        this.nativeCode = nativeCode;
        this.repeatable = repeatable;
        this.mode = mode;
    }

    /** What an ensemble is made of again when its models have changed; holds its files. */
    private record WantedEnsemble(RepositoryModel model, ModelFiles files, ModelOrigin now) {
        /** Whether a version of that model is what a step runs on, or may be. */
        private boolean uses(String name, long version) {
            return model.config().scheduling() instanceof EnsembleConfig ensemble && ensemble.steps().stream()
                    .anyMatch(step -> step.modelId().equals(name)
                            && (step.modelVersion() == version || step.modelVersion() == ModelLifecycle.LATEST));
        }

        private WantedEnsemble without(long version) {
            return new WantedEnsemble(model.without(version), files, now.withoutVersion(version));
        }
    }

    /**
     * Whether a model was loaded when its files in the repository were these, nothing of it failed since, and no version
     * was loaded or unloaded by itself. It may have another configuration than the repository's: that stays until the
     * files change.
     */
    boolean isLoaded(String model, ModelContents contents) {
        ModelOrigin before = loaded.get(model);
        return before != null && before.isFrom(contents) && !before.byVersion() && !lifecycle.hasFailed(model)
                && meansTheSameModels(ensembles.get(model));
    }

    /** With namespaces, another model may have come or gone that a step's name stands for. */
    private boolean meansTheSameModels(@Nullable WantedEnsemble ensemble) {
        return ensemble == null || !repository.hasNamespaces()
                || repository.resolved(ensemble.model).config().equals(ensemble.model.config());
    }

    /** Whether of a model is served what somebody has chosen version by version. */
    boolean isLoadedByVersion(String model) {
        ModelOrigin before = loaded.get(model);
        return before != null && before.byVersion();
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
        try (ModelLocks.Held held = locks.acquire(stored.id())) {
            ModelContents contents = repeatable ? stored.contents() : ModelContents.UNKNOWN;
            if (repeatable && isLoaded(stored.id(), contents)) {
                return LoadResult.unchanged(stored.id());
            }
            return loadRead(stored.fetch(), LoadOverride.NONE, contents, steps, held.abandonment());
        } catch (ModelConfigException | ModelRepositoryException e) {
            reject(stored.id(), e);
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
     * is unloaded; or one version of it, in addition to what is served.
     */
    LoadResult load(StoredModel stored, LoadOverride override, StepLoads steps) throws InferenceException {
        try (ModelLocks.Held held = locks.acquire(stored.id())) {
            ModelContents contents = stored.contents();
            return loadRead(stored.fetch(), override, contents, steps, held.abandonment());
        }
    }

    /** Loads a model that need not be in the repository; if it is, the next plain load takes this back. */
    LoadResult load(String name, OverrideFiles files, LoadOverride override, StepLoads steps)
            throws InferenceException {
        try (ModelLocks.Held held = locks.acquire(name)) {
            return loadRead(files.take(name), override, ModelContents.UNKNOWN, steps, held.abandonment());
        }
    }

    /** @param files released */
    private LoadResult loadRead(ModelFiles files, LoadOverride override, ModelContents contents, StepLoads steps,
            Abandonment abandonment) throws InferenceException {
        try {
            ModelDirectory directory = files.directory();
            Optional<ModelConfig> kept = override.config().isEmpty() ? keptConfig(directory.id(), contents)
                    : Optional.empty();
            Set<Long> chosen = chosen(directory.id(), override);
            RepositoryModel model = kept.isPresent() ? repository.read(directory, kept.get(), chosen)
                    : override.config().isPresent() ? repository.read(directory, override.config().get(), chosen)
                            : repository.read(directory, chosen);
            boolean filesToo = contents.equals(ModelContents.UNKNOWN);
            Optional<ModelConfig> own = override.config().isEmpty() || filesToo ? Optional.empty()
                    : ownConfig(directory);
            if (override.config().isPresent() && !override.byModel()) {
                nativeCode.check(model.config(), own.map(config -> nativeCode.of(config, false)).orElse(List.of()),
                        filesToo);
            }
            agents.beforeLoad(directory, model.config());
            own.ifPresent(config -> agents.beforeLoad(directory, config)); // a request must not leave a check out
            ModelOrigin now = new ModelOrigin(contents, model.config(),
                    kept.isPresent() || override.config().isPresent());
            return load(model, files, override.version().isPresent() ? now.chosenByVersion() : now, steps, abandonment);
        } finally {
            files.release();
        }
    }

    /** The configuration that an earlier load request has brought, and that counts as long as the files are the same. */
    private Optional<ModelConfig> keptConfig(String model, ModelContents contents) {
        ModelOrigin before = loaded.get(model);
        return before != null && before.overridden() && before.isFrom(contents) ? Optional.of(before.config())
                : Optional.empty();
    }

    /** The versions to serve in place of those that the policy takes; an ensemble's are made anew together. */
    private Set<Long> chosen(String model, LoadOverride override) {
        Set<Long> versions = new TreeSet<>();
        override.version().ifPresent(version -> {
            WantedEnsemble ensemble = ensembles.get(model);
            versions.addAll(ensemble == null ? Set.of() : ensemble.model.versions().keySet());
            versions.add(version);
        });
        return versions;
    }

    /** What the repository has in place of the configuration of a load request; absent if that cannot be read. */
    private Optional<ModelConfig> ownConfig(ModelDirectory directory) {
        try {
            return Optional.of(repository.read(directory).config());
        } catch (ModelConfigException | ModelRepositoryException _) {
            return Optional.empty();
        }
    }

    /** Under the model's lock. */
    private LoadResult load(RepositoryModel model, ModelFiles files, ModelOrigin now, StepLoads steps,
            Abandonment abandonment) throws InferenceException {
        String name = model.directory().id();
        model.warnings().forEach(warning -> LOG.warn("model '{}': {}", name, warning));
        if (model.config().isEnsemble()) {
            Isolation.NEVER.check(model.config(), EnsembleValidation.AN_ENSEMBLE);
            RepositoryModel resolved = repository.resolved(model);
            WantedEnsemble wanted = new WantedEnsemble(resolved, files.retain(), now);
            forget(ensembles.put(name, wanted));
            return noted(load(wanted, steps.prepare(name, (EnsembleConfig) resolved.config().scheduling())), steps);
        }
        forget(ensembles.remove(name));
        VersionLoader loader = versions.loader(model, files, abandonment);
        return now.byVersion() ? loadAdditional(model, now, loader, steps) : noted(load(model, now, loader), steps);
    }

    private static LoadResult noted(LoadResult result, StepLoads steps) {
        if (result.succeeded()) {
            steps.loaded(result.model());
        }
        return result;
    }

    private static void forget(@Nullable WantedEnsemble ensemble) {
        if (ensemble != null) {
            ensemble.files.release();
        }
    }

    private LoadResult load(RepositoryModel model, ModelOrigin now, VersionLoader loader) throws InferenceException {
        String name = model.directory().id();
        ModelOrigin before = loaded.get(name);
        NavigableSet<Long> toLoad = new TreeSet<>(model.versions().keySet());
        Set<Long> keep = before == null ? Set.of() : unchanged(name, toLoad, before, now);
        toLoad.removeAll(keep);
        LoadResult result = lifecycle.load(name, toLoad, keep, mode, loader).join();
        if (result.succeeded()) {
            if (before != null && keep.stream().anyMatch(version -> !before.of(version).hasConfig(now))) {
                // Until the change is whole; if it fails, the next load takes everything anew.
                loaded.put(name, ModelOrigin.unsettled(now.config()));
                instances.change(name, keep, loader);
            }
            loaded.put(name, now.withUnsettled(result.errors().keySet()));
            logServed(result, keep);
        }
        return result;
    }

    private void logServed(LoadResult result, Set<Long> unchanged) {
        if (!result.isComplete()) {
            LOG.error("{}", new MultiLine(result.describe().strip()));
        }
        LOG.info("model '{}': serving version(s) {}{}", result.model(), lifecycle.readyVersions(result.model()),
                unchanged.isEmpty() ? "" : ", unchanged " + unchanged);
    }

    /** Versions beside those that are served, which stay as they are. */
    private LoadResult loadAdditional(RepositoryModel model, ModelOrigin now, VersionLoader loader, StepLoads steps) {
        String name = model.directory().id();
        ModelOrigin before = loaded.getOrDefault(name, ModelOrigin.unsettled(now.config()));
        NavigableSet<Long> toLoad = new TreeSet<>(model.versions().keySet());
        Set<Long> keep = unchanged(name, toLoad, before, now);
        keep.removeIf(version -> !before.of(version).hasConfig(now));
        toLoad.removeAll(keep);
        if (toLoad.isEmpty()) {
            return LoadResult.unchanged(name);
        }
        LoadResult result = lifecycle.load(name, toLoad, Set.of(), LoadMode.ADDITIONAL, loader).join();
        if (result.succeeded()) {
            loaded.put(name, before.withVersions(toLoad, now));
            logServed(result, Set.of());
        }
        return noted(result, steps);
    }

    /** All versions anew: each holds the models that were served when it was made. */
    private LoadResult load(WantedEnsemble ensemble, @Nullable InferenceException problem) {
        String name = ensemble.model.directory().id();
        NavigableSet<Long> all = new TreeSet<>(ensemble.model.versions().keySet());
        LoadResult result = lifecycle.load(name, all, Set.of(), LoadMode.ALL_OR_NONE,
                new EnsembleLoader(ensemble.model, ensemble.files, versions, lifecycle, problem)).join();
        if (result.succeeded()) {
            loaded.put(name, ensemble.now);
            LOG.info("ensemble '{}': serving version(s) {}", name, all);
        } else { // what is served still is not what it should be: the next load tries again
            loaded.computeIfPresent(name, (_, before) -> ModelOrigin.unsettled(before.config()));
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
    private Set<Long> unchanged(String model, Set<Long> wanted, ModelOrigin before, ModelOrigin now) {
        Set<Long> unchanged = new TreeSet<>(wanted);
        unchanged.removeIf(version -> !before.of(version).isSame(version, now)
                || lifecycle.state(model, version) != ModelState.READY);
        return unchanged;
    }

    /**
     * Takes a model out of service; returns before its last request has ended. Loads of it that came before end early
     * where its backend can do that.
     *
     * @param wanted whether an ensemble comes back when its models do
     */
    void unload(String model, boolean wanted) {
        try (ModelLocks.Held _ = locks.acquireInstead(model, "the model is unloaded")) {
            if (!wanted) {
                forget(ensembles.remove(model));
            }
            loaded.remove(model);
            lifecycle.unload(model).thenRun(() -> LOG.info("model '{}': unloaded", model));
        }
    }

    /**
     * Takes one version of a model out of service; returns before its last request has ended.
     *
     * @return whether anything else of the model is served; if not, it is no longer wanted as a whole
     */
    boolean unload(String model, long version) {
        try (ModelLocks.Held _ = locks.acquire(model)) {
            boolean served = lifecycle.state(model, version) == ModelState.READY;
            lifecycle.unload(model, version).thenRun(() -> logUnloaded(model, version, served));
            if (lifecycle.readyVersions(model).isEmpty()) {
                forget(ensembles.remove(model));
                loaded.remove(model);
                return false;
            }
            loaded.computeIfPresent(model, (_, before) -> before.withoutVersion(version));
            ensembles.computeIfPresent(model, (_, wanted) -> wanted.without(version));
            return true;
        }
    }

    private static void logUnloaded(String model, long version, boolean served) {
        if (served) {
            LOG.info("model '{}' version {}: unloaded", model, version);
        }
    }

    /** The server is exiting: loads end early where their backends can do that. */
    void abandonAll() {
        locks.abandonAll();
    }

    /** Whether a step of a wanted ensemble runs on a version of a model, or may, since it runs on the latest. */
    boolean uses(String ensemble, String model, long version) {
        WantedEnsemble wanted = ensembles.get(ensemble);
        return wanted != null && wanted.uses(model, version);
    }
}
