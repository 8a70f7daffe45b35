package io.nereid.server;

import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.lifecycle.ModelLifecycle;
import io.nereid.server.inference.CodecThreads;
import io.nereid.server.inference.InferenceService;
import io.nereid.server.inference.ModelCalls;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.model.ServedModel;
import io.nereid.server.model.ServedModels;
import io.nereid.server.model.config.ModelControlConfig;
import io.nereid.server.model.config.ModelControlMode;
import io.nereid.server.model.control.ModelControl;
import io.nereid.server.model.control.RepositoryControl;
import io.nereid.server.model.loading.ModelVersions;
import io.nereid.server.observation.Observers;
import io.nereid.server.ondemand.OnDemand;
import io.nereid.server.protocol.Admission;
import io.nereid.server.sharedmemory.SharedMemory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;

/**
 * The models of one server and everything they are served with, but no port: what requests of any protocol come to.
 */
final class InferenceEngine {
    private static final Logger LOG = LoggerFactory.getLogger(InferenceEngine.class);

    /** Released tensor memory that is kept for the next requests: dozens of images. */
    private static final long POOLED_BYTES = 64L << 20;

    private final ModelEnvironment environment;
    private final ServedModels models;
    private final RepositoryControl repository;
    /** Null in any other mode. */
    private final @Nullable OnDemand onDemand;
    private final ModelControl control;
    private final Admission admission;
    private final Ledger ledger;
    private final CodecThreads codecThreads;
    private final InferenceService inference;
    private final SharedMemory sharedMemory;

    private InferenceEngine(ServerConfig config, ModelEnvironment environment, Observers observers, Ledger ledger) {
        this.environment = environment;
        ModelLifecycle<ServedModel> lifecycle = new ModelLifecycle<>(config.repositories().loadThreads());
        ModelControlConfig controlConfig = config.repositories().control();
        boolean isOnDemand = controlConfig.mode() == ModelControlMode.ON_DEMAND; // then no model holds readiness up
        models = new ServedModels(lifecycle, config.strictReadiness() && !isOnDemand);
        ModelVersions versions = environment.versions(controlConfig.retries(), models::isStopping);
        repository = new RepositoryControl(environment.repository(),
                isOnDemand ? controlConfig.withStartup(ModelControlMode.ON_DEMAND, List.of()) : controlConfig, versions,
                lifecycle);
        onDemand = isOnDemand
                ? new OnDemand(controlConfig.onDemand(), config.repositories().loadThreads(), environment.repository(),
                        versions, repository, models, lifecycle, environment.alarm())
                : null;
        control = onDemand == null ? repository : onDemand.control();
        this.ledger = ledger;
        admission = new Admission(ledger);
        codecThreads = new CodecThreads(Runtime.getRuntime().availableProcessors());
        inference = new InferenceService(onDemand == null ? models : onDemand.catalog(), admission,
                environment.memory(), codecThreads, observers, onDemand == null ? null : onDemand.demand());
        ModelCalls calls = new ModelCalls(inference, environment.alarm());
        environment.services().bind(inference, calls, control);
        environment.steps().bind(inference, calls, ledger);
        sharedMemory = new SharedMemory(config.allowClientSharedMemory(), environment.backends().captures());
    }

    /**
     * One without models, as they are not loaded yet.
     *
     * @param observers who wants to know what becomes of requests
     * @param ledger what is held for clients
     * @throws StartException if a repository or a setting makes no sense
     */
    static InferenceEngine start(ServerConfig config, Observers observers, Ledger ledger) throws StartException {
        ModelEnvironment environment = ModelEnvironment.open(config, POOLED_BYTES, ledger);
        try {
            return new InferenceEngine(config, environment, observers, ledger);
        } catch (RuntimeException | Error e) {
            environment.close();
            throw e;
        }
    }

    /**
     * Loads every model that is to be there from the start, and returns when the last one is ready or has failed.
     *
     * @throws StartException if a repository cannot be read or a model fails, and that must not be
     */
    void load(ServerConfig config) throws StartException {
        try {
            if (!loadAtStart(config) && config.exitOnError()) {
                throw new StartException("failed to load all models: " + LoadFailures.describe(models.index())
                        + ". Fix them, or start with --exit-on-error=false (withExitOnError(false)) to serve the others");
            }
        } catch (ModelRepositoryException e) {
            if (config.exitOnError()) {
                throw new StartException(String.valueOf(e.getMessage()), e);
            }
            LOG.error("{}; the server answers, but is neither live nor ready: fix it and start the server again",
                    e.getMessage());
            models.startFailed();
            return;
        }
        models.started();
        if (config.repositories().control().polls()) {
            repository.poller().start();
        }
    }

    private boolean loadAtStart(ServerConfig config) {
        boolean loaded = repository.loadAtStart();
        return onDemand == null ? loaded : onDemand.start(config.repositories().control().startupModels());
    }

    /** From here on it is not ready, and loads nothing more. */
    void beginStop() {
        repository.poller().close();
        if (onDemand != null) {
            onDemand.stop();
        }
        models.beginStop();
        repository.abandonLoads();
    }

    /**
     * Unloads the models and frees what they were served with.
     *
     * @return whether all ended in time; if not, what runs may still use the rest, which is left to the end of the
     *     process
     */
    boolean stop(Deadline deadline) throws InterruptedException {
        sharedMemory.close();
        boolean unloaded = models.close(deadline.left());
        if (unloaded) {
            environment.close();
        }
        return unloaded;
    }

    /** What models are loaded from and run with. */
    ModelEnvironment environment() {
        return environment;
    }

    /** The models. */
    ServedModels models() {
        return models;
    }

    /** What may be done with the model repository. */
    ModelControl control() {
        return control;
    }

    /** The models that are loaded on demand; null in any other mode. */
    @Nullable
    OnDemand onDemand() {
        return onDemand;
    }

    /** How much inference is in flight. */
    Admission admission() {
        return admission;
    }

    /** What is held for clients. */
    Ledger ledger() {
        return ledger;
    }

    /** Requests to models. */
    InferenceService inference() {
        return inference;
    }

    /** Where long messages are read and written. */
    CodecThreads codecThreads() {
        return codecThreads;
    }

    /** The memory that clients share with the server. */
    SharedMemory sharedMemory() {
        return sharedMemory;
    }
}
