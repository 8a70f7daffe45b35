package io.nereid.server.ondemand;

import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.modelrepo.lifecycle.ModelLifecycle;
import io.nereid.modelrepo.lifecycle.ModelLookupException;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.model.ModelDemand;
import io.nereid.server.model.ServedModel;
import io.nereid.server.model.control.LoadOverride;
import io.nereid.server.model.control.ModelControl;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/**
 * The models of a lifecycle, loaded and unloaded by their control.
 *
 * @param control loads and unloads them with those that they need
 * @param sketches reads what they are by their files
 * @param served finds what is loaded
 */
record RepositoryLoading(ModelControl control, RepositorySketches sketches, ModelCatalog served,
        ModelLifecycle<ServedModel> lifecycle) implements ModelLoading {
    private static final Logger LOG = LoggerFactory.getLogger(RepositoryLoading.class);

    @Override
    public void load(String model, LoadOverride override) throws InferenceException {
        try {
            control.load(model, override);
        } catch (InferenceException e) {
            if (!isServed(model)) {
                unload(model); // else it would hold up readiness, and an ensemble would be made whenever its models are
            }
            throw e;
        }
    }

    @Override
    public void check(String model) throws InferenceException {
        sketches.check(model);
    }

    @Override
    public void unload(String model) {
        try {
            control.unload(model);
        } catch (InferenceException e) {
            LOG.error("unloading '{}' failed: {}", model, e.text());
        }
    }

    @Override
    public CompletableFuture<Void> closed(String model) {
        return lifecycle.closed(model);
    }

    @Override
    public @Nullable ModelConfig config(String model) {
        try {
            return served.describe(model, "").config();
        } catch (InferenceException _) {
            return null;
        }
    }

    @Override
    public boolean isServed(String model) {
        return !served.readyVersions(model).isEmpty();
    }

    @Override
    public boolean isBusy(String model) {
        return any(model, version -> version.inFlight().requests() > 0);
    }

    @Override
    public boolean keepsSequences(String model) {
        return any(model, version -> version.openSequences() > 0);
    }

    @Override
    public long memoryBytes(String model) {
        long[] bytes = new long[1];
        boolean _ = any(model, version -> {
            bytes[0] += version.memoryBytes();
            return false;
        });
        return bytes[0];
    }

    private boolean any(String model, Predicate<ServedModel> what) {
        List<Long> versions = served.readyVersions(model);
        for (long version : versions) {
            try {
                ModelHandle<ServedModel> handle = lifecycle.acquire(model, version);
                try {
                    if (what.test(handle.model())) {
                        return true;
                    }
                } finally {
                    handle.release();
                }
            } catch (ModelLookupException _) {
                // it went out of service since it was listed
            }
        }
        return false;
    }

    @Override
    public boolean handOver(String model, String version, ModelDemand.Waiter to) {
        try {
            to.loaded(served.acquireForRequest(model, version));
            return true;
        } catch (InferenceException e) {
            if (!isServed(model)) {
                return false;
            }
            to.refused(e);
            return true;
        }
    }
}
