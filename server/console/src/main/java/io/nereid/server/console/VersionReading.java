package io.nereid.server.console;

import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.modelrepo.lifecycle.ModelState;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
import io.nereid.scheduler.QueueLoad;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.model.ServedModel;
import io.nereid.statistics.RequestCounts;

import java.util.Map;
import java.util.OptionalLong;

/**
 * What the overview says of one version at one moment.
 *
 * @param entry its name and state
 * @param counts its requests
 * @param load what waits for it
 * @param backend what runs it; empty where it is not loaded
 */
record VersionReading(RepositoryIndexEntry entry, RequestCounts counts, QueueLoad load, String backend) {
    private static final RequestCounts NO_REQUESTS = new RequestCounts(0, 0, Map.of());
    private static final QueueLoad NOTHING_WAITS = new QueueLoad(0, 0, OptionalLong.empty());

    static VersionReading of(ModelCatalog models, RepositoryIndexEntry entry) {
        if (entry.state() != ModelState.READY || entry.version().isEmpty()) {
            return unserved(entry);
        }
        try {
            ModelHandle<ServedModel> handle = models.acquire(entry.id(), version(entry));
            try {
                ServedModel model = handle.model();
                return new VersionReading(entry, model.statistics().requests(), model.load(),
                        model.config().backend());
            } finally {
                handle.release();
            }
        } catch (InferenceException _) {
            return unserved(entry); // it went out of service since it was listed; the next overview says so
        }
    }

    private static VersionReading unserved(RepositoryIndexEntry entry) {
        return new VersionReading(entry, NO_REQUESTS, NOTHING_WAITS, "");
    }

    /** The version's digits; empty for a model of which none was ever loaded. */
    static String version(RepositoryIndexEntry entry) {
        return entry.version().isPresent() ? Long.toString(entry.version().getAsLong()) : "";
    }
}
