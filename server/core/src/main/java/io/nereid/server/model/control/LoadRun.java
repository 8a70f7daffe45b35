package io.nereid.server.model.control;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.EnsembleConfig;
import io.nereid.server.model.loading.StepVersions;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;

/**
 * The loads that one request brings about, or the start of the server: each model is loaded once, an ensemble after the
 * models that it needs, whoever asks first. Thread-safe; blocks.
 */
final class LoadRun implements StepLoads {
    private final Dependencies dependencies;
    private final ModelLoad loading;
    private final Map<String, FutureTask<Boolean>> models = new ConcurrentHashMap<>();
    private final Set<String> changed = ConcurrentHashMap.newKeySet();

    /** How a model is loaded. */
    @FunctionalInterface
    interface ModelLoad {
        /** Loads a model of the repository; says whether there is exactly one of that name. Does not throw. */
        boolean load(String model, StepLoads steps);
    }

    LoadRun(Dependencies dependencies, ModelLoad loading) {
        this.dependencies = dependencies;
        this.loading = loading;
    }

    /** Loads models, all at the same time, each unless it was in this run; says of each whether it is there. */
    Map<String, Boolean> load(Collection<String> names) {
        Map<String, Future<Boolean>> started = new HashMap<>();
        try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
            names.forEach(name -> started.put(name, each.submit(() -> load(name))));
        }
        Map<String, Boolean> there = new HashMap<>();
        started.forEach((name, future) -> there.put(name, future.resultNow()));
        return there;
    }

    private boolean load(String model) {
        FutureTask<Boolean> task = models.computeIfAbsent(model,
                name -> new FutureTask<>(() -> loading.load(name, this)));
        task.run(); // without effect where another thread does
        try {
            return task.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("loading '" + model + "' has failed", e.getCause());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public @Nullable InferenceException prepare(String ensemble, EnsembleConfig config) {
        Set<String> steps = new TreeSet<>();
        config.steps().forEach(step -> steps.add(step.modelId()));
        List<String> circle = dependencies.put(ensemble, steps);
        if (!circle.isEmpty()) {
            return dependencies.ensembles().containsAll(circle)
                    ? new InferenceException(ErrorCode.INVALID_ARG,
                            "circular dependency between ensembles: " + String.join(" -> ", circle))
                    : LoadErrors.circle(circle);
        }
        Map<String, Boolean> there = load(steps);
        List<String> missing = new ArrayList<>(steps);
        missing.removeIf(step -> there.getOrDefault(step, false));
        return missing.isEmpty() ? null
                : new InferenceException(ErrorCode.INVALID_ARG, StepVersions.notAvailable(ensemble, missing));
    }

    @Override
    public void loaded(String model) {
        changed.add(model);
    }

    /** The models that have been loaded, or loaded anew. */
    Set<String> changed() {
        return Set.copyOf(changed);
    }
}
