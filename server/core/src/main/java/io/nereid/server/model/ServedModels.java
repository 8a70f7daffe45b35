package io.nereid.server.model;

import io.nereid.inference.CorrelationId;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.SequenceBatchingConfig;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.modelrepo.lifecycle.ModelLifecycle;
import io.nereid.modelrepo.lifecycle.ModelLookupException;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
import io.nereid.scheduler.instance.InstanceCounts;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Finds what is served for front ends. Thread-safe. */
public final class ServedModels implements ModelCatalog {
    private static final Logger LOG = LoggerFactory.getLogger(ServedModels.class);

    private final boolean strictReadiness;
    private final ModelLifecycle<ServedModel> lifecycle;
    private final AliasedVersions aliased;
    private volatile boolean started;
    private volatile boolean startFailed;
    private volatile boolean draining;
    private volatile boolean stopping;

    /**
     * The models of a lifecycle.
     *
     * @param strictReadiness whether the server is ready only while every model is
     */
    public ServedModels(ModelLifecycle<ServedModel> lifecycle, boolean strictReadiness) {
        this.lifecycle = lifecycle;
        this.aliased = new AliasedVersions(lifecycle);
        this.strictReadiness = strictReadiness;
    }

    /** The models that are to be there from the start have been loaded, or have failed to. */
    public void started() {
        started = true;
    }

    /** The start has come to nothing: the process answers, but the server does not live (docs/compatibility.md). */
    public void startFailed() {
        startFailed = true;
    }

    @Override
    public List<RepositoryIndexEntry> index() {
        return new WorkingVersions(lifecycle).index();
    }

    @Override
    public List<RepositoryIndexEntry> index(String model) {
        return new WorkingVersions(lifecycle).index(model);
    }

    /** From here on the server is not ready; all else goes on as before. */
    public void beginDrain() {
        draining = true;
    }

    /** From here on the server says that it is exiting; requests are still served, and wait for no others. */
    public void beginStop() {
        stopping = true;
        for (ModelHandle<ServedModel> model : acquireAll()) {
            model.model().flush();
            model.release();
        }
    }

    /** Unloads all, each model when its last request has ended, and says whether that took no longer than that. */
    public boolean close(Duration timeout) throws InterruptedException {
        beginStop();
        return lifecycle.close(timeout);
    }

    @Override
    public boolean isLive() {
        return !startFailed;
    }

    @Override
    public boolean isReady() {
        return started && !draining && (!strictReadiness || (lifecycle.allReady() && allWork()));
    }

    private boolean allWork() {
        boolean all = true;
        for (ModelHandle<ServedModel> model : acquireAll()) {
            all &= model.model().isWorking();
            model.release();
        }
        return all;
    }

    @Override
    public boolean isStopping() {
        return stopping;
    }

    @Override
    public ModelHandle<ServedModel> acquire(String model, String version) throws InferenceException {
        return acquire(model, version, ErrorCode.INVALID_ARG);
    }

    private ModelHandle<ServedModel> acquire(String model, String version, ErrorCode ifAmbiguous)
            throws InferenceException {
        if (aliased.has(model, version)) {
            return aliased.mostAsked(model, version);
        }
        try {
            return lifecycle.acquire(model, number(version));
        } catch (ModelLookupException e) {
            throw new InferenceException(switch (e.reason()) {
                case NOT_FOUND -> ErrorCode.NOT_FOUND;
                case AMBIGUOUS -> ifAmbiguous;
                case NOT_READY -> ErrorCode.UNAVAILABLE;
            }, String.valueOf(e.getMessage()));
        }
    }

    @Override
    public ModelHandle<ServedModel> acquireForRequest(String model, String version) throws InferenceException {
        if (!aliased.has(model, version)) {
            return acquire(model, version);
        }
        ModelHandle<ServedModel> found = aliased.mostAsked(model, version);
        if (isOfSequences(found)) {
            return found;
        }
        found.release();
        return aliased.next(model, version);
    }

    private static boolean isOfSequences(ModelHandle<ServedModel> found) {
        return found.model().config().scheduling() instanceof SequenceBatchingConfig;
    }

    @Override
    public boolean choosesBySequence(ModelHandle<ServedModel> found, String version) {
        return isOfSequences(found) && aliased.has(found.name(), version);
    }

    @Override
    public ModelHandle<ServedModel> acquireForSequence(String model, String alias, CorrelationId id)
            throws InferenceException {
        return aliased.ofSequence(model, alias, id);
    }

    @Override
    public boolean isAlias(String model, String name) {
        return aliased.has(model, name);
    }

    @Override
    public List<AliasShare> aliasShares(String model) {
        return aliased.shares(model);
    }

    @Override
    public List<Long> versions(String model, String version) throws InferenceException {
        if (version.isEmpty()) {
            return readyVersions(model);
        }
        if (!aliased.has(model, version)) {
            long number = number(version);
            return readyVersions(model).stream().filter(ready -> ready == number).toList();
        }
        List<ModelHandle<ServedModel>> all = aliased.acquireAll(model, version);
        all.forEach(ModelHandle::release);
        return all.stream().map(ModelHandle::version).toList();
    }

    @Override
    public void checkReady(String model, String version) throws InferenceException {
        ModelHandle<ServedModel> handle = acquire(model, version, ErrorCode.NOT_FOUND);
        try {
            checkWorking(model, handle.model());
        } finally {
            handle.release();
        }
    }

    @Override
    public DescribedModel describe(String model, String version) throws InferenceException {
        ModelHandle<ServedModel> handle = acquire(model, version);
        try {
            return new DescribedModel(versions(model, version), handle.model().config(), handle.model().signature());
        } finally {
            handle.release();
        }
    }

    private static void checkWorking(String model, ServedModel served) throws InferenceException {
        InstanceCounts counts = served.instances();
        if (!counts.isWorking()) {
            throw new InferenceException(ErrorCode.UNAVAILABLE,
                    "model '" + model + "' is not ready: " + WorkingVersions.notWorking(counts));
        }
    }

    @Override
    public void awaitReady(String model, String version) throws InferenceException {
        ModelHandle<ServedModel> handle = acquire(model, version, ErrorCode.NOT_FOUND);
        try {
            checkWorking(model, handle.model());
            awaitReady(model, handle);
        } finally {
            handle.release();
        }
    }

    private static void awaitReady(String model, ModelHandle<ServedModel> handle) throws InferenceException {
        try {
            handle.model().awaitReady();
        } catch (InferenceException e) {
            LOG.warn("model '{}' version {} is not ready: {}", model, handle.version(), e.text());
            throw e.withText("model '" + model + "' is not ready: " + e.text());
        }
    }

    private static long number(String version) throws InferenceException {
        if (version.isEmpty()) {
            return ModelLifecycle.LATEST;
        }
        try {
            long number = Long.parseLong(version);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException _) {
            throw noVersion(version);
        }
        throw new InferenceException(ErrorCode.INVALID_ARG,
                "invalid model version specified '" + version + "' , version should be an integral value > 0");
    }

    /** The text is the number of no version. */
    static InferenceException noVersion(String version) {
        return new InferenceException(ErrorCode.INVALID_ARG, "failed to get model version from specified version"
                + " string '" + version + "' (details: stol), version should be an integral value > 0");
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
        if (aliased.has(model, version)) {
            return aliased.acquireAll(model, version);
        }
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
