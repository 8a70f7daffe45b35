package io.nereid.modelrepo.lifecycle;

import com.google.errorprone.annotations.concurrent.GuardedBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The versions of one model and their states. Changes are made under the lock, all of one step at once; readers see the
 * whole of one step or of the next and take no lock.
 */
final class ModelEntry<M extends AutoCloseable> {

    private final String name;
    private final ReentrantLock lock = new ReentrantLock();
    /** Replaced, never changed; written under the lock. */
    private volatile NavigableMap<Long, VersionStatus<M>> versions = Collections.emptyNavigableMap();
    /** Why the model has no versions; empty if nobody asked for it. */
    private volatile String rejection = "";

    ModelEntry(String name) {
        this.name = name;
    }

    /** Notes why no version of the model can be loaded. */
    void reject(String reason) {
        rejection = reason;
    }

    /** @throws IllegalStateException if a version cannot go from its state to the new one */
    void change(Map<Long, VersionStatus<M>> changes) {
        lock.lock();
        try {
            changeLocked(changes);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void changeLocked(Map<Long, VersionStatus<M>> changes) {
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

    /** Takes every served version out of service; the caller releases the handles that are returned. */
    List<ModelHandle<M>> retire() {
        lock.lock();
        try {
            List<ModelHandle<M>> retired = new ArrayList<>();
            Map<Long, VersionStatus<M>> changes = new TreeMap<>();
            versions.forEach((version, status) -> {
                ModelHandle<M> handle = status.handle();
                if (handle != null) {
                    retired.add(handle);
                    changes.put(version, VersionStatus.unloading());
                }
            });
            changeLocked(changes);
            return retired;
        } finally {
            lock.unlock();
        }
    }

    ModelHandle<M> acquire(long version) {
        while (true) {
            VersionStatus<M> status = versions.get(version);
            if (status == null) {
                throw ModelLookupException.unknownVersion(name, version);
            }
            ModelHandle<M> handle = status.handle();
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
            for (VersionStatus<M> status : seen.descendingMap().values()) {
                ModelHandle<M> handle = status.handle();
                if (handle != null && handle.tryAcquire()) {
                    return handle;
                }
            }
            NavigableMap<Long, VersionStatus<M>> now = versions;
            if (now.equals(seen)) {
                throw ModelLookupException.noVersion(name);
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

    boolean holdsUpReadiness() {
        NavigableMap<Long, VersionStatus<M>> now = versions;
        for (VersionStatus<M> status : now.values()) {
            if (status.holdsUpReadiness()) {
                return true;
            }
        }
        return now.isEmpty();
    }

    void addTo(List<RepositoryIndexEntry> index) {
        NavigableMap<Long, VersionStatus<M>> now = versions;
        if (now.isEmpty()) {
            String reason = rejection;
            index.add(new RepositoryIndexEntry(name, OptionalLong.empty(),
                    reason.isEmpty() ? ModelState.UNKNOWN : ModelState.UNAVAILABLE, reason));
        }
        now.forEach((version, status) -> index
                .add(new RepositoryIndexEntry(name, OptionalLong.of(version), status.state(), status.reason())));
    }
}
