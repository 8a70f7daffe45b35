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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Loads models, hands out references to what is served, and closes it at the end. All methods may be called from any
 * thread; only {@link #close} waits.
 *
 * @param <M> what a loaded version is
 */
public final class ModelLifecycle<M extends AutoCloseable> {

    /** Asks for the highest version that is served. */
    public static final long LATEST = -1;

    private static final Logger LOG = LoggerFactory.getLogger(ModelLifecycle.class);

    private final ConcurrentNavigableMap<String, ModelEntry<M>> models = new ConcurrentSkipListMap<>();
    /** Platform threads: loading is mostly native code, which would hold the few carriers of virtual threads. */
    private final ExecutorService loadThreads;
    /** One for each version that is loaded; opened when it is closed. */
    private final Set<CountDownLatch> closings = ConcurrentHashMap.newKeySet();
    /**
     * Guards that nothing starts to load or becomes ready after the close has begun. Taken before the lock of a
     * {@link ModelEntry}.
     */
    private final ReentrantLock publication = new ReentrantLock();
    @GuardedBy("publication")
    private boolean closed;

    /** @param loadThreadCount versions that are loaded at the same time, at least 1 */
    public ModelLifecycle(int loadThreadCount) {
        loadThreads = Executors.newFixedThreadPool(loadThreadCount,
                Thread.ofPlatform().daemon().name("model-load-", 0).factory());
    }

    /** Makes a model known that is not loaded now. */
    public void announce(String model) {
        entry(model);
    }

    /** Makes a model known of which no version can be loaded; the reason shows in the index. */
    public void reject(String model, String reason) {
        entry(model).reject(reason);
    }

    /**
     * Loads versions of a model, all or none: they become ready together when the last one is loaded. From the return of
     * this method on they are LOADING.
     *
     * @param versions at least one, none of which is loaded or being loaded
     * @return done when all are ready or one has failed and the others are closed again; never completes exceptionally
     * @throws IllegalStateException if a version is loaded, or this lifecycle is closed
     */
    public CompletableFuture<LoadResult> load(String model, NavigableSet<Long> versions, ModelLoader<M> loader) {
        if (versions.isEmpty()) {
            throw new IllegalArgumentException("no version of model '" + model + "' is to be loaded");
        }
        ModelEntry<M> entry = entry(model);
        CompletableFuture<LoadResult> result = new CompletableFuture<>();
        ModelLoad<M> load = new ModelLoad<>(loader, versions,
                (loaded, failures) -> endLoad(model, entry, loaded, failures, result));
        publication.lock();
        try {
            if (closed) {
                throw new IllegalStateException("model '" + model + "' cannot be loaded: the server is exiting");
            }
            entry.change(all(versions, VersionStatus.loading()));
            versions.forEach(version -> loadThreads.execute(() -> runLoad(load, version)));
        } finally {
            publication.unlock();
        }
        return result;
    }

    private void runLoad(ModelLoad<M> load, long version) {
        if (isClosed()) {
            load.skip(version, "the server is exiting");
        } else {
            load.run(version);
        }
    }

    /** Whoever waits for the load hears of its end, whatever goes wrong on the way. */
    private void endLoad(String model, ModelEntry<M> entry, NavigableMap<Long, M> loaded,
            SortedMap<Long, String> failures, CompletableFuture<LoadResult> result) {
        SortedMap<Long, String> reasons = new TreeMap<>(failures);
        loaded.keySet().forEach(version -> reasons.putIfAbsent(version, "its load could not be ended"));
        LoadResult known = new LoadResult(model, reasons);
        try {
            known = new LoadResult(model, failures.isEmpty() && publish(model, entry, loaded) ? failures
                    : discard(model, entry, loaded, failures));
        } finally {
            result.complete(known);
        }
    }

    /** Makes all versions of a load ready in one step; returns false if it is too late for that. */
    private boolean publish(String model, ModelEntry<M> entry, NavigableMap<Long, M> loaded) {
        publication.lock();
        try {
            if (closed) {
                return false;
            }
            NavigableMap<Long, VersionStatus<M>> ready = new TreeMap<>();
            loaded.forEach(
                    (version, content) -> ready.put(version,
                            VersionStatus.ready(handle(model, entry, version, content))));
            entry.change(ready);
            return true;
        } finally {
            publication.unlock();
        }
    }

    private ModelHandle<M> handle(String model, ModelEntry<M> entry, long version, M content) {
        CountDownLatch closing = new CountDownLatch(1);
        closings.add(closing);
        // The last user may be an event loop or an instance of this very model: closing needs a thread of its own.
        return new ModelHandle<>(model, version, content, () -> Thread.ofPlatform().daemon()
                .name("model-close-" + model + "-" + version).start(() -> {
                    closeQuietly(model, version, content);
                    entry.change(all(Set.of(version), VersionStatus.unavailable(VersionStatus.UNLOADED)));
                    closings.remove(closing);
                    closing.countDown();
                }));
    }

    /** Closes what a failed load has loaded; returns the reasons of the failure. */
    private SortedMap<Long, String> discard(String model, ModelEntry<M> entry, NavigableMap<Long, M> loaded,
            SortedMap<Long, String> failures) {
        SortedMap<Long, String> reasons = new TreeMap<>(failures);
        NavigableMap<Long, VersionStatus<M>> changes = new TreeMap<>();
        failures.forEach((version, reason) -> changes.put(version, VersionStatus.unavailable(reason)));
        loaded.forEach((version, content) -> {
            closeQuietly(model, version, content);
            String reason = failures.isEmpty() ? "the server is exiting"
                    : "unloaded because another version of the model failed to load";
            changes.put(version, VersionStatus.unavailable(reason));
            if (failures.isEmpty()) {
                reasons.put(version, reason);
            }
        });
        entry.change(changes);
        return reasons;
    }

    private void closeQuietly(String model, long version, M content) {
        try {
            content.close();
        } catch (Throwable e) { // an Error too: the others are to be closed, and somebody waits for that
            LOG.error("closing model '{}' version {} failed", model, version, e);
        }
    }

    private static <M extends AutoCloseable> NavigableMap<Long, VersionStatus<M>> all(Set<Long> versions,
            VersionStatus<M> status) {
        NavigableMap<Long, VersionStatus<M>> changes = new TreeMap<>();
        versions.forEach(version -> changes.put(version, status));
        return changes;
    }

    /**
     * A reference to a version that is served, to be released exactly once. Never waits.
     *
     * @param version or {@link #LATEST}
     * @throws ModelLookupException if it is not served
     */
    public ModelHandle<M> acquire(String model, long version) {
        ModelEntry<M> entry = known(model);
        return version == LATEST ? entry.acquireLatest() : entry.acquire(version);
    }

    /**
     * The versions of a model that are served, ascending.
     *
     * @throws ModelLookupException if there is no such model
     */
    public List<Long> readyVersions(String model) {
        return known(model).readyVersions();
    }

    /**
     * The state of a version; UNKNOWN if the model has none of that number.
     *
     * @throws ModelLookupException if there is no such model
     */
    public ModelState state(String model, long version) {
        return known(model).state(version);
    }

    /** The names of all known models, in order. */
    public List<String> models() {
        return List.copyOf(models.keySet());
    }

    /** Whether every version of every known model is ready or was unloaded on purpose, and no model has none. */
    public boolean allReady() {
        for (ModelEntry<M> entry : models.values()) {
            if (entry.holdsUpReadiness()) {
                return false;
            }
        }
        return true;
    }

    /** All known models with their versions, by name and version. */
    public List<RepositoryIndexEntry> index() {
        List<RepositoryIndexEntry> index = new ArrayList<>();
        models.values().forEach(entry -> entry.addTo(index));
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
        for (ModelEntry<M> entry : models.values()) {
            entry.retire().forEach(ModelHandle::release);
        }
        long deadline = System.nanoTime() + timeout.toNanos();
        boolean ended = loadThreads.awaitTermination(timeout.toNanos(), TimeUnit.NANOSECONDS);
        for (CountDownLatch closing : closings) {
            ended &= closing.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        }
        return ended;
    }

    private boolean isClosed() {
        publication.lock();
        try {
            return closed;
        } finally {
            publication.unlock();
        }
    }

    private ModelEntry<M> entry(String model) {
        return models.computeIfAbsent(model, ModelEntry::new);
    }

    private ModelEntry<M> known(String model) {
        ModelEntry<M> entry = models.get(model);
        if (entry == null) {
            throw ModelLookupException.unknownModel(model);
        }
        return entry;
    }
}
