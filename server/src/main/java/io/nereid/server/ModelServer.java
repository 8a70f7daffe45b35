package io.nereid.server;

import io.nereid.backend.device.NativeHeap;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorMemory;
import io.nereid.modelrepo.ModelRepository;
import io.nereid.modelrepo.ModelRepositoryException;
import io.nereid.modelrepo.lifecycle.ModelLifecycle;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
import io.nereid.modelrepo.objectstore.ModelStores;
import io.nereid.server.inference.CodecThreads;
import io.nereid.server.inference.InferenceService;
import io.nereid.server.metrics.Metrics;
import io.nereid.server.model.Backends;
import io.nereid.server.model.ModelControl;
import io.nereid.server.model.ModelVersions;
import io.nereid.server.model.RepositoryControl;
import io.nereid.server.model.RepositoryPoller;
import io.nereid.server.model.Schedulers;
import io.nereid.server.model.ServedModel;
import io.nereid.server.model.ServedModels;
import io.nereid.server.protocol.Admission;
import io.nereid.server.protocol.ServerMetadata;
import io.nereid.server.service.Services;
import io.nereid.server.sharedmemory.SharedMemory;

import java.time.Duration;
import java.util.List;

/**
 * A whole server in this process: models, and the front ends over them. A Java program can start as many as it likes.
 *
 * {@snippet :
 * try (ModelServer server = ModelServer.start(ServerConfig.of(Path.of("models")))) {
 *     server.httpPort();
 * }
 * }
 */
public final class ModelServer implements AutoCloseable {
    /** The version of Triton whose behaviour this server has. */
    public static final String TRITON_VERSION = "2.73.0";

    /** Released tensor memory that is kept for the next requests: dozens of images. */
    private static final long POOLED_BYTES = 64L << 20;

    private final TensorMemory memory;
    private final Backends backends;
    private final Schedulers schedulers;
    private final ServedModels models;
    private final ModelRepository repository;
    private final RepositoryControl control;
    private final RepositoryPoller poller;
    private final Admission admission;
    private final InferenceService inference;
    private final SharedMemory sharedMemory;
    private final FrontEnds frontEnds;
    private final MetricsPort metrics;
    private final Telemetry telemetry;
    private final Duration drainGrace;

    private ModelServer(TensorMemory memory, Backends backends, Schedulers schedulers, ServedModels models,
            ModelRepository repository, RepositoryControl control, Admission admission, InferenceService inference,
            SharedMemory sharedMemory, FrontEnds frontEnds, MetricsPort metrics, Telemetry telemetry,
            Duration drainGrace) {
        this.memory = memory;
        this.backends = backends;
        this.schedulers = schedulers;
        this.models = models;
        this.repository = repository;
        this.control = control;
        this.poller = control.poller();
        this.admission = admission;
        this.inference = inference;
        this.sharedMemory = sharedMemory;
        this.frontEnds = frontEnds;
        this.metrics = metrics;
        this.telemetry = telemetry;
        this.drainGrace = drainGrace;
    }

    /**
     * Listens, loads every model and returns when the last one is ready or has failed. While models load, health says
     * that the server lives and is not ready.
     *
     * @throws StartException if a port cannot be had, a repository cannot be read, or a model fails and that must not be
     */
    public static ModelServer start(ServerConfig config) throws StartException {
        NativeHeap heap = NativeHeap.ofThisProcess();
        TensorMemory memory = new TensorMemory(TensorLimit.BYTES, POOLED_BYTES, heap);
        try {
            RepositoryConfig repositories = config.repositories();
            Backends backends = new Backends(memory, heap, config.backends());
            ModelRepository repository = new ModelRepository(
                    repositories.locations().stream().map(new ModelStores(System.getenv())::open).toList(),
                    repositories.configName(),
                    !repositories.autoCompleteConfig());
            Schedulers schedulers = new Schedulers(config.rateLimits(), config.metrics().latencies(), System.getenv());
            ModelLifecycle<ServedModel> lifecycle = new ModelLifecycle<>(repositories.loadThreads());
            ServedModels models = new ServedModels(lifecycle, config.strictReadiness());
            RepositoryControl control = new RepositoryControl(repository, repositories.control(), new ModelVersions(
                    backends, schedulers, repositories.autoCompleteConfig(),
                    repositories.cpuInsteadOfGpus(), repositories.control().retries()),
                    lifecycle);
            Admission admission = new Admission(config.admission().maxRequests(), config.admission().maxBytes());
            InferenceService inference = new InferenceService(models, admission, memory);
            SharedMemory sharedMemory = new SharedMemory(memory, config.allowClientSharedMemory());
            CodecThreads codecThreads = new CodecThreads(Runtime.getRuntime().availableProcessors());
            Telemetry telemetry = Telemetry.start(config, models);
            Services services = new Services(inference, control, memory, sharedMemory, codecThreads,
                    ServerMetadata.of(config.id(), TRITON_VERSION), telemetry.logging(), telemetry.traces(),
                    telemetry.observers());
            MetricsPort metrics = openMetrics(config.metrics(),
                    Metrics.of(config.metrics(), models, backends.devices(), admission, memory), memory, telemetry);
            FrontEnds frontEnds = listen(config, services, metrics, telemetry);
            ModelServer server = new ModelServer(memory, backends, schedulers, models, repository, control, admission,
                    inference, sharedMemory, frontEnds, metrics, telemetry, config.drainGrace());
            try {
                server.load(config);
            } catch (StartException | RuntimeException | Error e) { // what listens would keep a dead process alive
                server.stopNow();
                throw e;
            }
            return server;
        } catch (InferenceException e) {
            throw new StartException(e.text(), e);
        } catch (ModelRepositoryException e) {
            throw new StartException(String.valueOf(e.getMessage()), e);
        }
    }

    private static MetricsPort openMetrics(MetricsConfig config, Metrics metrics, TensorMemory memory,
            Telemetry telemetry) throws InferenceException {
        try {
            return MetricsPort.open(config, metrics, memory);
        } catch (InferenceException | RuntimeException | Error e) {
            telemetry.close();
            throw e;
        }
    }

    private static FrontEnds listen(ServerConfig config, Services services, MetricsPort metrics, Telemetry telemetry)
            throws InferenceException {
        try {
            return FrontEnds.listen(config, services);
        } catch (InferenceException | RuntimeException | Error e) {
            metrics.close();
            telemetry.close();
            throw e;
        }
    }

    private void load(ServerConfig config) throws StartException {
        try {
            if (!control.loadAtStart() && config.exitOnError()) {
                throw new StartException("failed to load all models: " + LoadFailures.describe(models.index())
                        + ". Fix them, or start with --exit-on-error=false (withExitOnError(false)) to serve the others");
            }
        } catch (ModelRepositoryException e) {
            throw new StartException(String.valueOf(e.getMessage()), e);
        }
        models.started();
        if (config.repositories().control().polls()) {
            poller.start();
        }
    }

    /** The port that HTTP is served on. */
    public int httpPort() {
        return frontEnds.httpPort().orElseThrow(() -> new IllegalStateException("this server has no HTTP front end"));
    }

    /** The port that gRPC is served on. */
    public int grpcPort() {
        return frontEnds.grpcPort().orElseThrow(() -> new IllegalStateException("this server has no gRPC front end"));
    }

    /** The port that metrics are served on. */
    public int metricsPort() {
        return metrics.port().orElseThrow(() -> new IllegalStateException("this server has no metrics port"));
    }

    /**
     * All metrics as they are now, in Prometheus' text format 0.0.4 (docs/metrics.md): for a program that has a port of its
     * own for that. May take some milliseconds.
     */
    public String metrics() {
        return metrics.text();
    }

    /** All known models with their versions and states. */
    public List<RepositoryIndexEntry> models() {
        return models.index();
    }

    /** What may be done with the model repository. */
    public ModelControl control() {
        return control;
    }

    /** The native memory of this server's tensors. */
    public TensorMemory memory() {
        return memory;
    }

    /** The way in for a program in the same process. */
    public InferenceService inference() {
        return inference;
    }

    /** How much inference is in flight. */
    public Admission admission() {
        return admission;
    }

    /**
     * Says from here on that it is not ready, and asks clients to end their connections and go elsewhere; whatever arrives
     * is served all the same, on new connections too. Whoever sends requests here has until {@link #stop} to notice.
     */
    public void beginDrain() {
        models.beginDrain();
        frontEnds.beginDrain();
    }

    /**
     * Ends: accepts no more connections, lets requests under way have their answers, unloads the models.
     *
     * @return whether all of that was done within {@code patience}; what was not is cut off
     */
    public boolean stop(Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        try (metrics) { // last of all: how a server ends is worth knowing
            poller.close();
            models.beginStop();
            boolean drained = frontEnds.drain(patience);
            frontEnds.close();
            sharedMemory.close();
            telemetry.endRefusals();
            boolean unloaded = models.close(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
            telemetry.close(); // takes its own time
            if (unloaded) {
                schedulers.close();
                backends.close();
                repository.close();
                memory.close();
            }
            return drained && unloaded;
        }
    }

    /**
     * {@link #beginDrain}, after {@link ServerConfig#drainGrace} {@link #stop} with the patience of
     * {@link ServerConfig#DEFAULT_EXIT_TIMEOUT}. Who is interrupted during the grace goes on with the rest at once.
     */
    @Override
    public void close() {
        boolean interrupted = drainGrace.isPositive() && isInterruptedInGrace();
        stopNow();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isInterruptedInGrace() {
        beginDrain();
        try {
            Thread.sleep(drainGrace);
            return false;
        } catch (InterruptedException _) {
            return true;
        }
    }

    private void stopNow() {
        try {
            stop(ServerConfig.DEFAULT_EXIT_TIMEOUT);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
