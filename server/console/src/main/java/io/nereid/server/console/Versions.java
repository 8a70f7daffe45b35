package io.nereid.server.console;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
import io.nereid.server.http.ModelPath;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.model.ServedModel;
import org.jspecify.annotations.Nullable;

/** Finds the version that a question is about. Thread-safe. */
record Versions(ModelCatalog models) {
    /**
     * Its line in the index.
     *
     * @throws InferenceException NOT_FOUND if nobody knows of such a version
     */
    RepositoryIndexEntry entry(ModelPath path) throws InferenceException {
        for (RepositoryIndexEntry entry : models.index(path.model())) {
            if (VersionReading.version(entry).equals(path.version())) {
                return entry;
            }
        }
        throw new InferenceException(ErrorCode.NOT_FOUND,
                "there is no version '" + path.version() + "' of a model '" + path.model() + "'");
    }

    /** The version, held for the caller, who releases it; null while it is not ready. */
    @Nullable
    ModelHandle<ServedModel> acquireIfReady(ModelPath path) {
        try {
            return models.acquire(path.model(), path.version());
        } catch (InferenceException _) {
            return null;
        }
    }
}
