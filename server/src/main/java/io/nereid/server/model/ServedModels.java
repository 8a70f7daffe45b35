package io.nereid.server.model;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.ModelRepository;
import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.RepositoryModel;
import io.nereid.modelrepo.RepositoryScan;
import io.nereid.modelrepo.StoredModel;
import io.nereid.modelrepo.config.ModelConfigException;
import io.nereid.modelrepo.lifecycle.LoadResult;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.modelrepo.lifecycle.ModelLifecycle;
import io.nereid.modelrepo.lifecycle.ModelLookupException;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The models of the repositories: loads them, and finds them for front ends. Thread-safe. */
public final class ServedModels implements ModelCatalog {
    private static final Logger LOG = LoggerFactory.getLogger(ServedModels.class);

    private final ModelRepository repository;
    private final Backends backends;
    private final Schedulers schedulers;
    private final boolean autoComplete;
    private final boolean strictReadiness;
    private final ModelLifecycle<ServedModel> lifecycle;
    private volatile boolean loaded;
    private volatile boolean stopping;

    /**
     * Nothing is loaded yet.
     *
     * @param autoComplete whether backends may fill in what configurations leave out
     * @param strictReadiness whether the server is ready only while every model is
     * @param loadThreads how many versions load at the same time
     */
    public ServedModels(ModelRepository repository, Backends backends, Schedulers schedulers, boolean autoComplete,
            boolean strictReadiness, int loadThreads) {
        this.repository = repository;
        this.backends = backends;
        this.schedulers = schedulers;
        this.autoComplete = autoComplete;
        this.strictReadiness = strictReadiness;
        this.lifecycle = new ModelLifecycle<>(loadThreads);
    }

    /**
     * Loads every model of the repositories and waits for the last one. One that fails does not keep the others from
     * being served.
     *
     * @return whether all were loaded
     * @throws ModelRepositoryException if a repository cannot be read
     */
    public boolean loadAll() {
        RepositoryScan scan = repository.scan();
        scan.conflicts().forEach(this::reject);
        List<CompletableFuture<LoadResult>> loads = new ArrayList<>();
        scan.models().values().forEach(model -> startLoad(model, loads));
        boolean all = scan.conflicts().isEmpty() && loads.size() == scan.models().size();
        for (CompletableFuture<LoadResult> load : loads) {
            LoadResult result = load.join();
            if (!result.succeeded()) {
                LOG.error("{}", result.describe().strip());
                all = false;
            }
        }
        loaded = true;
        return all;
    }

    private void startLoad(StoredModel stored, List<CompletableFuture<LoadResult>> loads) {
        try {
            RepositoryModel model = repository.read(stored.fetch().directory());
            loads.add(lifecycle.load(stored.name(), model.versions().navigableKeySet(),
                    new ModelVersionLoader(model, backends, schedulers, autoComplete)));
        } catch (ModelConfigException | ModelRepositoryException e) {
            reject(stored.name(), String.valueOf(e.getMessage()));
        }
    }

    private void reject(String model, String reason) {
        LOG.error("failed to load '{}': {}", model, reason);
        lifecycle.reject(model, reason);
    }

    /** All known models with their versions and states. */
    public List<RepositoryIndexEntry> index() {
        return lifecycle.index();
    }

    /** From here on the server says that it is on its way out; requests are still served, and wait for no others. */
    public void beginStop() {
        stopping = true;
        for (ModelHandle<ServedModel> model : acquireAll()) {
            model.model().expedite();
            model.release();
        }
    }

    /** Unloads all, each model when its last request has ended, and says whether that took no longer than that. */
    public boolean close(Duration patience) throws InterruptedException {
        beginStop();
        return lifecycle.close(patience);
    }

    @Override
    public boolean isReady() {
        return loaded && (!strictReadiness || lifecycle.allReady());
    }

    @Override
    public boolean isStopping() {
        return stopping;
    }

    @Override
    public ModelHandle<ServedModel> acquire(String model, String version) throws InferenceException {
        try {
            return lifecycle.acquire(model, number(version));
        } catch (ModelLookupException e) {
            throw new InferenceException(switch (e.reason()) {
                case NOT_FOUND -> ErrorCode.NOT_FOUND;
                case NOT_READY -> ErrorCode.UNAVAILABLE;
            }, String.valueOf(e.getMessage()));
        }
    }

    private static long number(String version) throws InferenceException {
        if (version.isEmpty()) {
            return ModelLifecycle.LATEST;
        }
        try {
            return Long.parseLong(version);
        } catch (NumberFormatException _) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "failed to get model version from specified version"
                    + " string '" + version + "' (expected an integer from 1 to " + Long.MAX_VALUE + ")");
        }
    }

    @Override
    public List<Long> readyVersions(String model) {
        try {
            return lifecycle.readyVersions(model);
        } catch (ModelLookupException _) {
            return List.of();
        }
    }

    @Override
    public List<ModelHandle<ServedModel>> acquireAll() {
        List<ModelHandle<ServedModel>> all = new ArrayList<>();
        for (String model : lifecycle.models()) {
            acquireReady(model, all);
        }
        return all;
    }

    @Override
    public List<ModelHandle<ServedModel>> acquireForStatistics(String model, String version)
            throws InferenceException {
        List<ModelHandle<ServedModel>> found = new ArrayList<>();
        acquireReady(model, found);
        if (found.isEmpty()) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "requested model '" + model + "' is not available");
        }
        if (version.isEmpty()) {
            return found;
        }
        found.forEach(ModelHandle::release);
        try {
            return List.of(lifecycle.acquire(model, number(version)));
        } catch (ModelLookupException _) {
            throw new InferenceException(ErrorCode.INVALID_ARG,
                    "requested model version is not available for model '" + model + "'");
        }
    }

    private void acquireReady(String model, List<ModelHandle<ServedModel>> into) {
        for (long version : readyVersions(model)) {
            try {
                into.add(lifecycle.acquire(model, version));
            } catch (ModelLookupException _) {
                // it went out of service since it was listed, and so has no statistics to show
            }
        }
    }
}
