package io.nereid.modelrepo.lifecycle;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Loads models, hands out references to what is served, and closes it when it is unloaded or at the end. All methods
 * may be called from any thread; only {@link #close} waits. Loads and unloads of one model are for its caller to put in
 * order.
 *
 * @param <M> what a loaded version is
 */
public final class ModelLifecycle<M extends AutoCloseable> {

    /** Asks for the highest version that is served. */
    public static final long LATEST = -1;

    private static final String EXITING = "the server is exiting";

    private static final Logger LOG = LoggerFactory.getLogger(ModelLifecycle.class);

    private final KnownModels<M> models = new KnownModels<>();
    private final LoadedVersions<M> loadedVersions = new LoadedVersions<>();
    /** Platform threads: loading is mostly native code, which would block the few carriers of virtual threads. */
    private final ExecutorService loadThreads;
    /**
     * Guards that nothing starts to load or becomes ready after the close has begun. Taken before the lock of a
     * {@link ModelEntry}.
     */
    private final ReentrantLock publication = new ReentrantLock();
    @GuardedBy("publication")
    private boolean closed;

    /** @param loadThreadCount versions that are loaded at the same time, at least 1 */
    public ModelLifecycle(int loadThreadCount) {
        this(loadThreadCount, Thread.ofPlatform().daemon().name("model-load-", 0).factory());
    }

    /** With threads of one's own to load in. */
    ModelLifecycle(int loadThreadCount, ThreadFactory threads) {
        loadThreads = Executors.newFixedThreadPool(loadThreadCount, threads);
    }

    /**
     * Makes a model known that cannot be read, and so is none that the server should serve: the reason shows in the
     * index, and {@link #allReady} passes it over.
     */
    public void reject(String model, String reason) {
        models.add(model).reject(reason, false);
    }

    /**
     * Makes a model known that should be served and has no version for it: {@link #allReady} is false while that is
     * so.
     */
    public void rejectVersions(String model, String reason) {
        models.add(model).reject(reason, true);
    }

    /** {@link #load(String, NavigableSet, Set, LoadMode, ModelLoader)} of all versions or none. */
    public CompletableFuture<LoadResult> load(String model, NavigableSet<Long> versions, Set<Long> keep,
            ModelLoader<M> loader) {
        return load(model, versions, keep, LoadMode.ALL_OR_NONE, loader);
    }

    /**
     * Loads versions of a model: when the last one is loaded, they are ready in one step, and everything of the model
     * that was served before and is not to be kept goes out of service in the same step. Until then, and for good if
     * the load fails, what is served stays so. From the return of this method on, versions that are not served are
     * LOADING.
     *
     * @param versions to load, in place of what is served under those numbers
     * @param keep the served versions that stay as they are; with {@code versions} at least one, and none in both.
     *     Passed over with {@link LoadMode#ADDITIONAL}
     * @param mode whether the load fails if a version does
     * @return done when all are ready or have failed, and what will not be served is closed again; never completes
     *     exceptionally
     * @throws IllegalStateException if the model is being loaded, or this lifecycle is closed
     */
    public CompletableFuture<LoadResult> load(String model, NavigableSet<Long> versions, Set<Long> keep, LoadMode mode,
            ModelLoader<M> loader) {
        if (versions.isEmpty() && keep.isEmpty()) {
            throw new IllegalArgumentException("no version of model '" + model + "' is to be loaded");
        }
        ModelEntry<M> entry = models.add(model);
        CompletableFuture<LoadResult> result = new CompletableFuture<>();
        ModelLoad<M> load = new ModelLoad<>(loader, versions,
                (loaded, errors) -> endLoad(entry, new LoadScope(keep, mode), loaded, errors, result));
        publication.lock();
        try {
            if (closed) {
                throw new IllegalStateException("model '" + model + "' cannot be loaded: " + EXITING);
            }
            entry.beginLoad(versions);
        } finally {
            publication.unlock();
        }
        if (versions.isEmpty()) {
            load.endEmpty();
        }
        versions.forEach(version -> start(load, version));
        return result;
    }

    /** A version that gets no thread has failed: nobody else would ever say so. */
    private void start(ModelLoad<M> load, long version) {
        try {
            loadThreads.execute(() -> runLoad(load, version));
        } catch (RejectedExecutionException _) { // closed since the load began
            load.skip(version, EXITING);
        } catch (RuntimeException | Error e) { // the system has no more threads
            LOG.error("no thread could be started to load a model", e);
            load.skip(version, "no thread could be started to load it: " + e.getMessage());
        }
    }

    private void runLoad(ModelLoad<M> load, long version) {
        if (isClosed()) {
            load.skip(version, EXITING);
        } else {
            load.run(version);
        }
    }

    /** The future completes whatever goes wrong on the way. */
    private void endLoad(ModelEntry<M> entry, LoadScope scope, NavigableMap<Long, M> loaded,
            SortedMap<Long, String> errors, CompletableFuture<LoadResult> result) {
        SortedMap<Long, String> reasons = new TreeMap<>(errors);
        loaded.keySet().forEach(version -> reasons.putIfAbsent(version, "its load could not be ended"));
        LoadResult known = new LoadResult(entry.name(), reasons, false);
        try {
            known = scope.takesEffect(loaded.keySet(), errors.keySet(), entry.readyVersions())
                    && publish(entry, scope, loaded, errors)
                            ? new LoadResult(entry.name(), errors, true)
                            : new LoadResult(entry.name(), discard(entry, scope, loaded, errors), false);
        } finally {
            result.complete(known);
        }
    }

    /** Makes what was loaded ready in one step; returns false if it is too late for that. */
    private boolean publish(ModelEntry<M> entry, LoadScope scope, NavigableMap<Long, M> loaded,
            SortedMap<Long, String> errors) {
        List<ModelHandle<M>> retired;
        publication.lock();
        try {
            if (closed) {
                return false;
            }
            NavigableMap<Long, ModelHandle<M>> handles = new TreeMap<>();
            loaded.forEach((version, content) -> handles.put(version, loadedVersions.add(entry, version, content)));
            retired = entry.publish(handles, errors, scope::keeps);
        } finally {
            publication.unlock();
        }
        retired.forEach(ModelHandle::release);
        return true;
    }

    /** Closes what a failed load has loaded; returns the reasons. */
    private SortedMap<Long, String> discard(ModelEntry<M> entry, LoadScope scope, NavigableMap<Long, M> loaded,
            SortedMap<Long, String> errors) {
        SortedMap<Long, String> reasons = new TreeMap<>(errors);
        String reason = errors.isEmpty() ? EXITING : "unloaded because another version of the model failed to load";
        loaded.forEach((version, content) -> {
            LoadedVersions.closeQuietly(entry.name(), version, content);
            reasons.put(version, reason);
        });
        entry.abandon(reasons, scope.isAdditional());
        reasons.keySet().removeIf(version -> !errors.isEmpty() && !errors.containsKey(version));
        return reasons;
    }

    /**
     * Takes every version of a model out of service at once. Each is closed when its last user has released it. Of an
     * unknown model, or while it is being loaded, this is not to be asked.
     *
     * @return done when all of them are closed
     */
    public CompletableFuture<Void> unload(String model) {
        return release(models.add(model).retire());
    }

    /** {@link #unload(String)} of one version, if it is served or has failed to load; the others stay as they are. */
    public CompletableFuture<Void> unload(String model, long version) {
        return release(models.add(model).retire(version));
    }

    private static <M extends AutoCloseable> CompletableFuture<Void> release(List<ModelHandle<M>> retired) {
        retired.forEach(ModelHandle::release);
        return CompletableFuture.allOf(retired.stream().map(ModelHandle::closed).toArray(CompletableFuture[]::new));
    }

    /** Done when all is closed that is loaded of a model now, and was taken out of service or will be. */
    public CompletableFuture<Void> closed(String model) {
        return loadedVersions.closed(model);
    }

    /**
     * A reference to a version that is served, to be released exactly once. Never waits.
     *
     * @param version or {@link #LATEST}
     * @throws ModelLookupException if it is not served
     */
    public ModelHandle<M> acquire(String model, long version) {
        ModelEntry<M> entry = models.get(model);
        return version == LATEST ? entry.acquireLatest() : entry.acquire(version);
    }

    /**
     * The versions of a model that are served, ascending.
     *
     * @throws ModelLookupException if there is no such model
     */
    public List<Long> readyVersions(String model) {
        return models.get(model).readyVersions();
    }

    /**
     * The state of a version; UNKNOWN if the model has none of that number.
     *
     * @throws ModelLookupException if there is no such model
     */
    public ModelState state(String model, long version) {
        return models.get(model).state(version);
    }

    /** The names of all known models, in order. */
    public List<String> models() {
        return models.identifiers();
    }

    /** Whether a model keeps {@link #allReady} from being true: a version of it should be served and is not. */
    public boolean preventsReadiness(String model) {
        ModelEntry<M> entry = models.find(model);
        return entry != null && entry.preventsReadiness();
    }

    /** Whether the last load of a version of the model has failed, or of the model as a whole. */
    public boolean hasFailed(String model) {
        ModelEntry<M> entry = models.find(model);
        return entry != null && entry.hasFailed();
    }

    /** Whether every version of every known model is ready or was unloaded on purpose, and no model has none. */
    public boolean allReady() {
        for (ModelEntry<M> entry : models.all()) {
            if (entry.preventsReadiness()) {
                return false;
            }
        }
        return true;
    }

    /** All known models with their versions, by name and version. */
    public List<RepositoryIndexEntry> index() {
        List<RepositoryIndexEntry> index = new ArrayList<>();
        models.all().forEach(entry -> entry.addTo(index));
        return index;
    }

    /**
     * Ends: nothing is ready any more at once; what is loaded is closed when its last user has released it. Loads that
     * are under way are closed when they are done. Further calls only wait.
     *
     * @param timeout how long to wait for all of that
     * @return whether everything was closed in time
     */
    public boolean close(Duration timeout) throws InterruptedException {
        publication.lock();
        try {
            closed = true;
        } finally {
            publication.unlock();
        }
        loadThreads.shutdown();
        for (ModelEntry<M> entry : models.all()) {
            entry.retire().forEach(ModelHandle::release);
        }
        long deadline = System.nanoTime() + timeout.toNanos();
        boolean ended = loadThreads.awaitTermination(timeout.toNanos(), TimeUnit.NANOSECONDS);
        return loadedVersions.awaitClosed(deadline) && ended;
    }

    private boolean isClosed() {
        publication.lock();
        try {
            return closed;
        } finally {
            publication.unlock();
        }
    }

    /**
     * What the models of a name are called inside the server: with model namespaces there may be several.
     *
     * @param model a name, or such an identifier itself
     */
    public List<String> named(String model) {
        return models.identifiers(model);
    }
}
