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
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Brings what is served of a model in line with its files, and remembers what they were. Loads and unloads of one model
 * happen one after the other, those of different models at the same time. Thread-safe; blocks, for a lifecycle does the
 * work on threads of its own.
 */
final class ModelLoads {
    private static final Logger LOG = LoggerFactory.getLogger(ModelLoads.class);

    private final ModelRepository repository;
    private final ModelVersions versions;
    private final ModelLifecycle<ServedModel> lifecycle;
    /** Whether models may be loaded again, so that it has to be known what their files were. */
    private final boolean repeatable;
    /** By model; one for each that somebody tried to load. */
    private final Map<String, ReentrantLock> turns = new ConcurrentHashMap<>();
    /** By model; changed by whoever has its turn. */
    private final Map<String, Loaded> loaded = new ConcurrentHashMap<>();

    ModelLoads(ModelRepository repository, ModelVersions versions, ModelLifecycle<ServedModel> lifecycle,
            boolean repeatable) {
        this.repository = repository;
        this.versions = versions;
        this.lifecycle = lifecycle;
        this.repeatable = repeatable;
    }

    /**
     * What a model was last loaded from.
     *
     * @param config as it was read, before a backend completed it
     * @param overridden whether that was not simply what the repository has
     */
    private record Loaded(ModelContents contents, ModelConfig config, boolean overridden) {}

    /** Whether a model is served as the repository had it when its files were these, and nothing of it failed since. */
    boolean isLoaded(String model, ModelContents contents) {
        Loaded before = loaded.get(model);
        return before != null && !before.overridden && before.contents.equals(contents)
                && !lifecycle.holdsUpReadiness(model);
    }

    /** The models that are served, and those that should be and failed to load. */
    Set<String> names() {
        Set<String> names = new TreeSet<>(loaded.keySet());
        lifecycle.models().stream().filter(lifecycle::holdsUpReadiness).forEach(names::add);
        return names;
    }

    /**
     * Loads a model from the repository if it is not served as it is there now.
     *
     * @throws ModelConfigException if its configuration cannot be used
     * @throws ModelRepositoryException if it cannot be read
     * @throws InferenceException if its instances cannot be changed
     */
    LoadResult load(StoredModel stored) throws InferenceException {
        ReentrantLock turn = turn(stored.name());
        try {
            ModelContents contents = repeatable ? stored.contents() : ModelContents.UNKNOWN;
            if (repeatable && isLoaded(stored.name(), contents)) {
                return LoadResult.unchanged(stored.name());
            }
            ModelFiles files = stored.fetch();
            try {
                RepositoryModel model = repository.read(files.directory());
                return load(model, files, new Loaded(contents, model.config(), false));
            } finally {
                files.release();
            }
        } finally {
            turn.unlock();
        }
    }

    /**
     * Loads a model from the repository with another configuration; the next plain load takes this back.
     *
     * @param config in its JSON form
     */
    LoadResult load(StoredModel stored, String config) throws InferenceException {
        ReentrantLock turn = turn(stored.name());
        try {
            return loadOverridden(stored.fetch(), config);
        } finally {
            turn.unlock();
        }
    }

    /** Loads a model that need not be in the repository; the next plain load takes this back. */
    LoadResult load(String name, OverrideFiles files, String config) throws InferenceException {
        ReentrantLock turn = turn(name);
        try {
            return loadOverridden(files.take(name), config);
        } finally {
            turn.unlock();
        }
    }

    private LoadResult loadOverridden(ModelFiles files, String config) throws InferenceException {
        try {
            ModelDirectory directory = files.directory();
            RepositoryModel model = repository.read(directory, config);
            return load(model, files, new Loaded(ModelContents.UNKNOWN, model.config(), true));
        } finally {
            files.release();
        }
    }

    /** By whoever has the model's turn. */
    private LoadResult load(RepositoryModel model, ModelFiles files, Loaded now) throws InferenceException {
        String name = model.directory().name();
        model.warnings().forEach(warning -> LOG.warn("model '{}': {}", name, warning));
        Loaded before = loaded.get(name);
        NavigableSet<Long> toLoad = new TreeSet<>(model.versions().keySet());
        Set<Long> keep = before == null ? Set.of() : unchanged(name, toLoad, before, now);
        toLoad.removeAll(keep);
        ModelVersionLoader loader = versions.loader(model, files);
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

    /** On a platform thread: making an instance is mostly native code, which would hold a carrier of virtual threads. */
    private void changeInstances(String model, Set<Long> kept, ModelVersionLoader loader) throws InferenceException {
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
            InferenceException failure = change.get();
            if (failure != null) {
                throw failure;
            }
        } catch (ExecutionException e) {
            throw InferenceException.ofDefect(e.getCause() == null ? e : e.getCause());
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
            return null; // the server is on its way out
        }
    }

    /** Takes a model out of service; returns before its last request has ended. */
    void unload(String model) {
        ReentrantLock turn = turn(model);
        try {
            loaded.remove(model);
            lifecycle.unload(model).thenRun(() -> LOG.info("model '{}': unloaded", model));
        } finally {
            turn.unlock();
        }
    }

    private ReentrantLock turn(String model) {
        ReentrantLock turn = turns.computeIfAbsent(model, _ -> new ReentrantLock(true));
        turn.lock();
        return turn;
    }
}
