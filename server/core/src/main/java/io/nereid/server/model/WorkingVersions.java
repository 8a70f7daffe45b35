package io.nereid.server.model;

import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.modelrepo.lifecycle.ModelLifecycle;
import io.nereid.modelrepo.lifecycle.ModelLookupException;
import io.nereid.modelrepo.lifecycle.ModelState;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
import io.nereid.scheduler.instance.InstanceCounts;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * The versions that are known, with what the life cycle does not know of them: a version that is loaded, but of which
 * no instance is running at the moment, is UNAVAILABLE. Thread-safe.
 */
public record WorkingVersions(ModelLifecycle<ServedModel> lifecycle) {
    /** Why such a version is not ready. */
    static final String NOT_WORKING = "no instance of the model is running";

    /** All known models with their versions, by name and version. */
    List<RepositoryIndexEntry> index() {
        return lifecycle.index().stream().map(this::current).toList();
    }

    /** Those of one model. */
    List<RepositoryIndexEntry> index(String model) {
        return lifecycle.index().stream().filter(entry -> entry.name().equals(model)).map(this::current).toList();
    }

    /** The entry with the state that it has now. */
    public RepositoryIndexEntry current(RepositoryIndexEntry entry) {
        if (entry.state() != ModelState.READY || entry.version().isEmpty()) {
            return entry;
        }
        InstanceCounts counts = counts(entry);
        if (counts == null || (counts.isWorking() && counts.crashLoop().isEmpty())) {
            return entry;
        }
        return counts.isWorking()
                ? new RepositoryIndexEntry(entry.id(), entry.version(), ModelState.READY, counts.crashLoop())
                : new RepositoryIndexEntry(entry.id(), entry.version(), ModelState.UNAVAILABLE, notWorking(counts));
    }

    /** Why a version is not ready of which no instance is running. */
    static String notWorking(InstanceCounts counts) {
        return counts.crashLoop().isEmpty() ? NOT_WORKING : NOT_WORKING + ": " + counts.crashLoop();
    }

    /** Null if the version went out of service since; the next index says so. */
    private @Nullable InstanceCounts counts(RepositoryIndexEntry entry) {
        try {
            ModelHandle<ServedModel> handle = lifecycle.acquire(entry.id(), entry.version().orElseThrow());
            try {
                return handle.model().instances();
            } finally {
                handle.release();
            }
        } catch (ModelLookupException _) {
            return null;
        }
    }
}
