package io.nereid.server.model.loading;

import io.nereid.backend.Abandonment;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.modelrepo.lifecycle.ModelLifecycle;
import io.nereid.modelrepo.lifecycle.ModelLookupException;
import io.nereid.server.model.ServedModel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Gives versions that are served other instance groups. Thread-safe for different models; blocks. */
public record InstanceChanges(ModelLifecycle<ServedModel> lifecycle) {
    private static final Logger LOG = LoggerFactory.getLogger(InstanceChanges.class);

    /**
     * Runs versions on by what their configuration has become, as far as its instance groups go. Blocks. On a platform thread: making an instance is mostly native code, which would block a carrier of virtual threads.
     */
    public void change(String model, Set<Long> kept, VersionLoader loader) throws InferenceException {
        FutureTask<@Nullable InferenceException> change = new FutureTask<>(() -> {
            try {
                change(model, kept, loader.completeConfig(), loader.abandonment());
                return null;
            } catch (InferenceException e) {
                return e;
            }
        });
        Thread.ofPlatform().daemon().name("model-change-" + model).start(change);
        try {
            InferenceException error = change.get();
            if (error != null) {
                throw error;
            }
        } catch (ExecutionException e) {
            throw InferenceException.ofInternalError(e.getCause() == null ? e : e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InferenceException(ErrorCode.UNAVAILABLE, "model '" + model + "': the server is exiting", e);
        }
    }

    private void change(String model, Set<Long> kept, ModelConfig complete, Abandonment abandonment)
            throws InferenceException {
        for (long version : kept) {
            ModelHandle<ServedModel> handle = acquired(model, version);
            if (handle != null) {
                try {
                    handle.model().changeInstances(complete, abandonment);
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
            return null; // the server is exiting
        }
    }
}
