package io.nereid.server.model.control;

import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.ModelContents;
import io.nereid.modelrepo.ModelRepository;
import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.OverrideFiles;
import io.nereid.modelrepo.StoredModel;
import io.nereid.modelrepo.config.ModelConfigException;
import io.nereid.modelrepo.lifecycle.LoadResult;
import io.nereid.modelrepo.lifecycle.ModelLifecycle;
import io.nereid.modelrepo.lifecycle.ModelLookupException;
import io.nereid.server.model.ServedModel;
import io.nereid.server.observation.MultiLine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Loads and unloads models together with those that they need or that need them (docs/compatibility.md, "Ensembles").
 * A thread that has the lock of an ensemble may wait for those of its models, and never the other way round. Thread-safe;
 * blocks.
 */
final class RelatedModels {
    private static final Logger LOG = LoggerFactory.getLogger(RelatedModels.class);

    private final ModelRepository repository;
    private final ModelLoads loads;
    private final ModelLifecycle<ServedModel> lifecycle;
    private final Dependencies dependencies = new Dependencies();
    /** The models that were asked for by name, or by all. */
    private final Set<String> requested = ConcurrentHashMap.newKeySet();

    RelatedModels(ModelRepository repository, ModelLoads loads, ModelLifecycle<ServedModel> lifecycle) {
        this.repository = repository;
        this.loads = loads;
        this.lifecycle = lifecycle;
    }

    private interface Load {
        LoadResult run(StepLoads steps) throws InferenceException;
    }

    /** That a load waits for another one, until it is closed. */
    interface Wait extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Notes that the load of a model waits for the load of another one.
     *
     * @param waiting empty if none does
     * @throws InferenceException if that one waits for the first, so that neither would ever end
     */
    Wait wait(String waiting, String model) throws InferenceException {
        if (waiting.isEmpty()) {
            return () -> {
            };
        }
        List<String> circle = dependencies.addWait(waiting, model);
        if (!circle.isEmpty()) {
            dependencies.removeWait(waiting, model);
            throw LoadErrors.circle(circle);
        }
        return () -> dependencies.removeWait(waiting, model);
    }

    /** {@link ModelLoads#isLoaded}. */
    boolean isLoaded(String model, ModelContents contents) {
        return loads.isLoaded(model, contents);
    }

    /** The models that are served, and those that should be and are not. */
    Set<String> names() {
        Set<String> names = new TreeSet<>(loads.names());
        names.addAll(dependencies.ensembles());
        return names;
    }

    /** Whether a model is an ensemble that is wanted. */
    boolean isEnsemble(String model) {
        return dependencies.ensembles().contains(model);
    }

    /**
     * Loads all these models, those at the start of the server.
     *
     * @param loading loads one of them, or one that they need
     */
    void loadAll(Collection<String> models, LoadRun.ModelLoad loading) {
        requested.addAll(models);
        new LoadRun(dependencies, loading).load(models);
    }

    /** {@link ModelLoads#load(StoredModel, StepLoads)}. */
    LoadResult load(StoredModel stored) throws InferenceException {
        return load(stored.id(), steps -> loads.load(stored, steps));
    }

    /** {@link ModelLoads#load(StoredModel, LoadOverride, StepLoads)}. */
    LoadResult load(StoredModel stored, LoadOverride override) throws InferenceException {
        return load(stored.id(), steps -> loads.load(stored, override, steps));
    }

    /** {@link ModelLoads#load(String, OverrideFiles, LoadOverride, StepLoads)}. */
    LoadResult load(String name, OverrideFiles files, LoadOverride override) throws InferenceException {
        return load(name, steps -> loads.load(name, files, override, steps));
    }

    private LoadResult load(String model, Load load) throws InferenceException {
        requested.add(model);
        LoadRun run = new LoadRun(dependencies, this::loadStep);
        try {
            run.load(dependencies.stepsOf(model)); // they may have changed where the ensemble itself has not
            return load.run(run);
        } finally {
            follow(run.changed());
        }
    }

    private boolean loadStep(String model, StepLoads steps) {
        if (loads.isLoadedByVersion(model) && isServed(model)) {
            return true; // what somebody has chosen stays
        }
        try {
            StoredModel stored = repository.scan(model).models().get(model);
            if (stored == null) {
                return isServed(model);
            }
            LoadResult result = loads.load(stored, steps);
            if (!result.succeeded()) {
                LOG.error("{}", new MultiLine(result.describe().strip()));
            }
        } catch (InferenceException | ModelConfigException | ModelRepositoryException e) {
            LOG.error("failed to load '{}': {}", model, new MultiLine(String.valueOf(e.getMessage())));
        }
        return true;
    }

    /** One that came with a load request is in no repository. */
    private boolean isServed(String model) {
        try {
            return !lifecycle.readyVersions(model).isEmpty();
        } catch (ModelLookupException _) {
            return false;
        }
    }

    /** Makes the ensembles anew that need what has changed, and were not loaded after it. */
    private void follow(Set<String> changed) {
        Deque<String> causes = new ArrayDeque<>(changed);
        for (String cause = causes.poll(); cause != null; cause = causes.poll()) {
            for (String ensemble : dependencies.dependentsOf(cause)) {
                if (!changed.contains(ensemble) && takesUp(ensemble, cause)) {
                    causes.add(ensemble);
                }
            }
        }
    }

    private boolean takesUp(String ensemble, String model) {
        LoadResult result = loads.reload(ensemble);
        if (result != null && result.succeeded()) {
            LOG.info("ensemble '{}' runs on '{}' as it is now", ensemble, model);
            return true;
        }
        if (result != null) {
            LOG.error("ensemble '{}' does not take up '{}'{}: {}", ensemble, model,
                    isServed(ensemble) ? " and is served with the models that it had" : "",
                    new MultiLine(result.describe().strip()));
        }
        return false;
    }

    /** {@link #unload(String, boolean)} of a model whose steps stay. */
    void unload(String model) {
        unload(model, false);
    }

    /**
     * Takes a model out of service, and the ensembles that need it, which come back with it.
     *
     * @param steps whether the models of an ensemble go too that nobody asked for and no other ensemble needs
     */
    void unload(String model, boolean steps) {
        Set<String> needed = dependencies.stepsOf(model);
        requested.remove(model);
        dependencies.remove(model);
        loads.unload(model, false);
        unloadDependents(model, new TreeSet<>());
        unloadSteps(needed, steps);
    }

    /**
     * Takes one version of a model out of service. Ensembles that run on it are made anew of the others; those that
     * cannot be go, and come back with it. With the last version the model goes as a whole.
     *
     * @param steps as {@link #unload(String, boolean)} says, of an ensemble that goes as a whole
     */
    void unload(String model, long version, boolean steps) {
        if (loads.unload(model, version)) {
            withdraw(model, version);
            return;
        }
        Set<String> needed = dependencies.stepsOf(model);
        requested.remove(model);
        dependencies.remove(model);
        unloadDependents(model, new TreeSet<>());
        unloadSteps(needed, steps);
    }

    private void withdraw(String model, long version) {
        for (String ensemble : dependencies.dependentsOf(model)) {
            if (!loads.uses(ensemble, model, version)) {
                continue;
            }
            LoadResult result = loads.reload(ensemble);
            if (result != null && result.succeeded()) {
                LOG.info("ensemble '{}' runs on '{}' without version {}", ensemble, model, version);
                follow(Set.of(ensemble));
            } else {
                LOG.info("ensemble '{}' goes out of service with version {} of '{}'", ensemble, version, model);
                loads.unload(ensemble, true);
                unloadDependents(ensemble, new TreeSet<>());
            }
        }
    }

    private void unloadSteps(Set<String> needed, boolean steps) {
        if (steps) {
            needed.stream().filter(step -> !requested.contains(step) && dependencies.dependentsOf(step).isEmpty())
                    .forEach(step -> unload(step, true));
        }
    }

    /** Also of one that is just being loaded: it has or gets what is going away. */
    private void unloadDependents(String model, Set<String> seen) {
        for (String ensemble : dependencies.dependentsOf(model)) {
            if (seen.add(ensemble)) {
                loads.unload(ensemble, true);
                unloadDependents(ensemble, seen);
            }
        }
    }
}
