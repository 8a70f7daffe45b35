package io.nereid.modelrepo.lifecycle;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * The versions of one model and their states. Changes are made under the lock, all of one step at once; readers see the
 * whole of one step or of the next and take no lock.
 */
final class ModelEntry<M extends AutoCloseable> {

    private final String name;
    private final ReentrantLock lock = new ReentrantLock();
    /** Replaced, never changed; written under the lock. */
    private volatile NavigableMap<Long, VersionStatus<M>> versions = Collections.emptyNavigableMap();
    @GuardedBy("lock")
    private boolean beingLoaded;
    private volatile Rejection rejection = Rejection.NONE;

    /**
     * Why the model has no versions.
     *
     * @param reason empty if nobody asked for it
     * @param preventsReadiness whether the server is not ready without it
     */
    private record Rejection(String reason, boolean preventsReadiness) {
        private static final Rejection NONE = new Rejection("", false);
    }

    ModelEntry(String name) {
        this.name = name;
    }

    String name() {
        return name;
    }

    /** Notes why no version of the model can be loaded, and whether the server is not ready for that. */
    void reject(String reason, boolean preventsReadiness) {
        rejection = new Rejection(reason, preventsReadiness);
    }

    /**
     * A load of these versions begins. Those that are served stay so until it has succeeded.
     *
     * @throws IllegalStateException if another one is under way
     */
    void beginLoad(Set<Long> toLoad) {
        lock.lock();
        try {
            if (beingLoaded) {
                throw new IllegalStateException("model '" + name + "' is being loaded");
            }
            beingLoaded = true;
            Map<Long, VersionStatus<M>> changes = new TreeMap<>();
            for (long version : toLoad) {
                if (serving(version) == null) {
                    changes.put(version, VersionStatus.loading());
                }
            }
            change(changes);
        } finally {
            lock.unlock();
        }
    }

    /**
     * The load has succeeded: these versions are served, and of the others only those to be kept, all from one moment
     * on.
     *
     * @param failed why versions of it are not served, or as they were before
     * @param keep the versions that stay as they are
     * @return what was served before and is no longer, for the caller to release
     */
    List<ModelHandle<M>> publish(Map<Long, ModelHandle<M>> loaded, Map<Long, String> failed, Predicate<Long> keep) {
        lock.lock();
        try {
            beingLoaded = false;
            rejection = Rejection.NONE;
            List<ModelHandle<M>> retired = new ArrayList<>();
            Map<Long, VersionStatus<M>> changes = new TreeMap<>();
            versions.forEach((version, status) -> {
                if (loaded.containsKey(version)) {
                    addServing(status, retired);
                } else if (!failed.containsKey(version) && !keep.test(version)) {
                    retire(version, status, changes, retired);
                }
            });
            loaded.forEach((version, handle) -> changes.put(version, VersionStatus.ready(handle)));
            failed.forEach((version, reason) -> {
                ModelHandle<M> before = serving(version);
                changes.put(version, before == null ? VersionStatus.failed(reason, false)
                        : VersionStatus.outdated(before, reason));
            });
            change(changes);
            return retired;
        } finally {
            lock.unlock();
        }
    }

    private static <M extends AutoCloseable> void addServing(VersionStatus<M> status, List<ModelHandle<M>> retired) {
        ModelHandle<M> handle = status.serving();
        if (handle != null) {
            retired.add(handle);
        }
    }

    /**
     * The load has failed: what was served before still is, and the other versions say why they are not.
     *
     * @param additional whether the server may be ready without them, while anything of the model is served
     */
    void abandon(Map<Long, String> reasons, boolean additional) {
        lock.lock();
        try {
            beingLoaded = false;
            boolean required = !additional || readyVersions().isEmpty();
            Map<Long, VersionStatus<M>> changes = new TreeMap<>();
            reasons.forEach((version, reason) -> {
                if (serving(version) == null) {
                    changes.put(version, VersionStatus.failed(reason, required));
                }
            });
            change(changes);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes one version out of service, if it is served or has failed to load; the caller releases the handle that is
     * returned.
     */
    List<ModelHandle<M>> retire(long version) {
        lock.lock();
        try {
            List<ModelHandle<M>> retired = new ArrayList<>();
            Map<Long, VersionStatus<M>> changes = new TreeMap<>();
            VersionStatus<M> status = versions.get(version);
            if (status != null) {
                retire(version, status, changes, retired);
            }
            change(changes);
            return retired;
        } finally {
            lock.unlock();
        }
    }

    /** Takes every served version out of service; the caller releases the handles that are returned. */
    List<ModelHandle<M>> retire() {
        lock.lock();
        try {
            List<ModelHandle<M>> retired = new ArrayList<>();
            Map<Long, VersionStatus<M>> changes = new TreeMap<>();
            versions.forEach((version, status) -> retire(version, status, changes, retired));
            change(changes);
            rejection = Rejection.NONE;
            return retired;
        } finally {
            lock.unlock();
        }
    }

    /** What becomes of a version that is no longer wanted. */
    private static <M extends AutoCloseable> void retire(long version, VersionStatus<M> status,
            Map<Long, VersionStatus<M>> changes, List<ModelHandle<M>> retired) {
        ModelHandle<M> handle = status.serving();
        if (handle != null) {
            retired.add(handle);
            changes.put(version, VersionStatus.unloading(handle));
        } else if (status.state() == ModelState.UNAVAILABLE) {
            changes.put(version, VersionStatus.unloaded()); // it may have failed to load
        }
    }

    /** What a handle stood for is closed; its version may have been loaded again since. */
    void closed(ModelHandle<M> handle) {
        lock.lock();
        try {
            VersionStatus<M> status = versions.get(handle.version());
            if (status != null && status.state() == ModelState.UNLOADING && status.handle() == handle) {
                change(Map.of(handle.version(), VersionStatus.unloaded()));
            }
        } finally {
            lock.unlock();
        }
    }

    private @Nullable ModelHandle<M> serving(long version) {
        VersionStatus<M> status = versions.get(version);
        return status == null ? null : status.serving();
    }

    /** @throws IllegalStateException if a version cannot go from its state to the new one */
    @GuardedBy("lock")
    private void change(Map<Long, VersionStatus<M>> changes) {
        NavigableMap<Long, VersionStatus<M>> changed = new TreeMap<>(versions);
        for (Map.Entry<Long, VersionStatus<M>> change : changes.entrySet()) {
            VersionStatus<M> before = changed.put(change.getKey(), change.getValue());
            ModelState from = before == null ? ModelState.UNKNOWN : before.state();
            if (!from.leadsTo(change.getValue().state())) {
                throw new IllegalStateException("model '" + name + "' version " + change.getKey() + " cannot go from "
                        + from + " to " + change.getValue().state());
            }
        }
        versions = Collections.unmodifiableNavigableMap(changed);
    }

    /** The model could not be read, and so is unknown to who asks for it, as in Triton. */
    private boolean isUnknown(NavigableMap<Long, VersionStatus<M>> seen) {
        return seen.isEmpty() && !rejection.preventsReadiness;
    }

    ModelHandle<M> acquire(long version) {
        while (true) {
            NavigableMap<Long, VersionStatus<M>> seen = versions;
            VersionStatus<M> status = seen.get(version);
            if (status == null) {
                throw isUnknown(seen) ? ModelLookupException.unknownModel(name)
                        : ModelLookupException.unknownVersion(name, version);
            }
            ModelHandle<M> handle = status.serving();
            if (handle == null) {
                throw ModelLookupException.notReady(name, version);
            }
            if (handle.tryAcquire()) {
                return handle;
            }
            // Retired between the two reads: its state has changed before its last reference went, so look again.
        }
    }

    ModelHandle<M> acquireLatest() {
        NavigableMap<Long, VersionStatus<M>> seen = versions;
        while (true) {
            Map.Entry<Long, VersionStatus<M>> latest = seen.lastEntry();
            while (latest != null) {
                ModelHandle<M> handle = latest.getValue().serving();
                if (handle != null && handle.tryAcquire()) {
                    return handle;
                }
                latest = seen.lowerEntry(latest.getKey());
            }
            NavigableMap<Long, VersionStatus<M>> now = versions;
            if (now.equals(seen)) {
                throw isUnknown(now) ? ModelLookupException.unknownModel(name) : ModelLookupException.noVersion(name);
            }
            seen = now;
        }
    }

    /** The served versions, ascending. */
    List<Long> readyVersions() {
        List<Long> ready = new ArrayList<>();
        for (Map.Entry<Long, VersionStatus<M>> version : versions.entrySet()) {
            if (version.getValue().state() == ModelState.READY) {
                ready.add(version.getKey());
            }
        }
        return ready;
    }

    /** The state of a version; UNKNOWN if the model has none of that number. */
    ModelState state(long version) {
        VersionStatus<M> status = versions.get(version);
        return status == null ? ModelState.UNKNOWN : status.state();
    }

    /** Whether nothing of it is or should be served: no version, or only such as were unloaded. */
    boolean isUnloaded() {
        return versions.values().stream().allMatch(VersionStatus::isUnloaded) && rejection.reason.isEmpty();
    }

    boolean preventsReadiness() {
        NavigableMap<Long, VersionStatus<M>> now = versions;
        for (VersionStatus<M> status : now.values()) {
            if (status.preventsReadiness()) {
                return true;
            }
        }
        return now.isEmpty() && rejection.preventsReadiness;
    }

    /** Whether the last load of a version, or of the model, has failed. */
    boolean hasFailed() {
        NavigableMap<Long, VersionStatus<M>> now = versions;
        for (VersionStatus<M> status : now.values()) {
            if (status.hasFailed()) {
                return true;
            }
        }
        return now.isEmpty() && rejection.preventsReadiness;
    }

    void addTo(List<RepositoryIndexEntry> index) {
        NavigableMap<Long, VersionStatus<M>> now = versions;
        if (now.isEmpty()) {
            String reason = rejection.reason;
            index.add(new RepositoryIndexEntry(name, OptionalLong.empty(),
                    reason.isEmpty() ? ModelState.UNKNOWN : ModelState.UNAVAILABLE, reason));
        }
        now.forEach((version, status) -> index
                .add(new RepositoryIndexEntry(name, OptionalLong.of(version), status.state(), status.reason())));
    }
}
