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
import io.nereid.server.model.RepositoryConfig;
import io.nereid.server.model.RepositoryControl;
import io.nereid.server.model.RepositoryPoller;
import io.nereid.server.model.SchedulerFactory;
import io.nereid.server.model.ServedModel;
import io.nereid.server.model.ServedModels;
import io.nereid.server.protocol.Admission;
import io.nereid.server.protocol.ServerMetadata;
import io.nereid.server.protocol.TensorLimit;
import io.nereid.server.protocol.Version;
import io.nereid.server.service.Services;
import io.nereid.server.sharedmemory.SharedMemory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
    private static final Logger LOG = LoggerFactory.getLogger(ModelServer.class);

    /** Released tensor memory that is kept for the next requests: dozens of images. */
    private static final long POOLED_BYTES = 64L << 20;

    private final TensorMemory memory;
    private final Backends backends;
    private final SchedulerFactory schedulers;
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

    private ModelServer(TensorMemory memory, Backends backends, SchedulerFactory schedulers, ServedModels models,
            ModelRepository repository, RepositoryControl control, Admission admission, InferenceService inference,
            SharedMemory sharedMemory, FrontEnds frontEnds, Telemetry telemetry, Duration drainGrace) {
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
        this.metrics = frontEnds.metrics();
        this.telemetry = telemetry;
        this.drainGrace = drainGrace;
    }

    /**
     * Listens, loads every model and returns when the last one is ready or has failed. While models load, health says
     * that the server lives and is not ready; where a repository cannot be read and that must not end the start, it
     * says from then on that it does not live.
     *
     * @throws StartException if a port cannot be had, or a repository cannot be read or a model fails and that must not
     *     be
     */
    public static ModelServer start(ServerConfig config) throws StartException {
        StartWarnings.log(config);
        ModelServer server = listening(config);
        try {
            server.load(config);
        } catch (StartException | RuntimeException | Error e) { // what listens would keep a dead process alive
            server.stopNow();
            throw e;
        }
        return server;
    }

    /** A server without models that answers on its ports. */
    private static ModelServer listening(ServerConfig config) throws StartException {
        try (PartialStart start = new PartialStart()) {
            NativeHeap heap = NativeHeap.ofThisProcess();
            TensorMemory memory = new TensorMemory(TensorLimit.BYTES, POOLED_BYTES, heap);
            start.made(memory::close);
            RepositoryConfig repositories = config.repositories();
            Backends backends = new Backends(memory, heap, config.backends());
            start.made(backends::close);
            ModelRepository repository = new ModelRepository(
                    repositories.locations().stream().map(new ModelStores(System.getenv())::open).toList(),
                    repositories.configName(),
                    !repositories.autoCompleteConfig());
            start.made(repository::close);
            SchedulerFactory schedulers = new SchedulerFactory(config.rateLimits(), config.metrics().latencies(),
                    System.getenv());
            start.made(schedulers::close);
            ModelLifecycle<ServedModel> lifecycle = new ModelLifecycle<>(repositories.loadThreads());
            ServedModels models = new ServedModels(lifecycle, config.strictReadiness());
            RepositoryControl control = new RepositoryControl(repository, repositories.control(), new ModelVersions(
                    backends, schedulers, repositories.autoCompleteConfig(), repositories.cpuInsteadOfGpus(),
                    repositories.control().retries(), models::isStopping), lifecycle);
            Admission admission = new Admission(config.admission().maxRequests(), config.admission().maxBytes());
            InferenceService inference = new InferenceService(models, admission, memory);
            SharedMemory sharedMemory = new SharedMemory(config.allowClientSharedMemory());
            CodecThreads codecThreads = new CodecThreads(Runtime.getRuntime().availableProcessors());
            Telemetry telemetry = Telemetry.start(config, models);
            start.made(telemetry::close);
            Services services = new Services(inference, control, memory, sharedMemory, codecThreads,
                    ServerMetadata.of(config.id(), Version.TRITON), telemetry.logging(), telemetry.traces(),
                    telemetry.observers());
            Metrics metrics = Metrics.of(config.metrics(), inference, backends.devices(), admission, memory);
            ModelServer server = new ModelServer(memory, backends, schedulers, models, repository, control, admission,
                    inference, sharedMemory, FrontEnds.listen(config, services, metrics), telemetry,
                    config.drainGrace());
            start.succeeded();
            return server;
        } catch (InferenceException e) {
            throw new StartException(e.text(), e);
        } catch (ModelRepositoryException e) {
            throw new StartException(String.valueOf(e.getMessage()), e);
        }
    }

    private void load(ServerConfig config) throws StartException {
        try {
            if (!control.loadAtStart() && config.exitOnError()) {
                throw new StartException("failed to load all models: " + LoadFailures.describe(models.index())
                        + ". Fix them, or start with --exit-on-error=false (withExitOnError(false)) to serve the others");
            }
        } catch (ModelRepositoryException e) {
            if (config.exitOnError()) {
                throw new StartException(String.valueOf(e.getMessage()), e);
            }
            LOG.error("{}; the server answers, but is neither live nor ready: mend it and start the server again",
                    e.getMessage());
            models.startFailed();
            return;
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
     * All metrics as they are now, in Prometheus' text format 0.0.4 (docs/metrics.md): for a program that has a port of
     * its own for that. May take some milliseconds.
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
     * Says from here on that it is not ready, and asks clients to end their connections and go elsewhere; whatever
     * arrives is served all the same, on new connections too. Whoever sends requests here has until {@link #stop} to
     * notice.
     */
    public void beginDrain() {
        models.beginDrain();
        frontEnds.beginDrain();
    }

    /**
     * Ends: accepts no more connections, lets requests under way have their answers, unloads the models.
     *
     * @return whether all of that was done within {@code patience}; what was not is cut off
     * @throws InterruptedException as soon as everything is closed that nobody has to wait for
     */
    public boolean stop(Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        try (metrics) { // last of all: how a server ends is worth knowing
            poller.close();
            models.beginStop();
            boolean drained = false;
            boolean unloaded;
            try {
                drained = frontEnds.drain(patience);
            } finally {
                frontEnds.close();
                sharedMemory.close();
                telemetry.endRefusals();
                long left = drained ? Math.max(0, deadline - System.nanoTime()) : 0;
                unloaded = unload(Duration.ofNanos(left));
            }
            return drained && unloaded;
        }
    }

    private boolean unload(Duration patience) throws InterruptedException {
        boolean unloaded = false;
        try {
            unloaded = models.close(patience);
            return unloaded;
        } finally {
            telemetry.close(); // takes its own time
            if (unloaded) {
                schedulers.close();
                backends.close();
                repository.close();
                memory.close();
            }
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
