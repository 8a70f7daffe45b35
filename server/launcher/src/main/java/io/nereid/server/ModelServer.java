package io.nereid.server;

import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;
import io.nereid.inference.TensorMemory;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
import io.nereid.server.inference.InferenceService;
import io.nereid.server.inference.RefusalLog;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.metrics.GpuSources;
import io.nereid.server.metrics.Metrics;
import io.nereid.server.model.control.ModelControl;
import io.nereid.server.model.loading.Backends;
import io.nereid.server.protocol.Admission;
import io.nereid.server.protocol.ServerMetadata;
import io.nereid.server.protocol.Version;
import io.nereid.server.service.Services;
import io.nereid.server.tracing.TraceService;

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
    private final LifeCycle parts;
    private final InferenceEngine engine;
    private final FrontEnds frontEnds;
    private final MetricsPort metrics;
    private final Duration drainGrace;

    /** Starts all parts but the models; if it throws, those that were started are in {@code parts}. */
    private ModelServer(ServerConfig config, LifeCycle parts) throws StartException, InferenceException {
        this.parts = parts;
        drainGrace = config.drainGrace();
        Ledger ledger = new Ledger(config.admission(), NanoClock.SYSTEM);
        Telemetry telemetry = parts.started(Telemetry.start(config, ledger), Telemetry::close);
        engine = InferenceEngine.start(config, telemetry.observers(), ledger);
        parts.started(engine::stop);
        parts.started(RefusalLog.start(engine.models()), RefusalLog::close);
        Metrics ofServer = Metrics.of(config.metrics(), engine.inference(), gpus(engine.environment().backends()),
                engine.admission(), engine.environment().memory(), engine.ledger(),
                engine.environment().services().metrics(), engine.environment().cache(), engine.onDemand());
        frontEnds = FrontEnds.listen(config, services(config, telemetry), ofServer);
        metrics = frontEnds.metrics();
        parts.started(frontEnds::stop);
        parts.started(engine, InferenceEngine::beginStop);
    }

    private static GpuSources gpus(Backends backends) {
        return new GpuSources(backends.devices(), backends.pinned(), backends::gpuMemory);
    }

    private Services services(ServerConfig config, Telemetry telemetry) {
        return new Services(engine.inference(), engine.control(), config.requestLimits(),
                engine.environment().memory(), engine.sharedMemory(),
                engine.codecThreads(), ServerMetadata.of(config.id(), Version.TRITON), telemetry.logging(),
                new TraceService(telemetry.tracing(), engine.models()), telemetry.observers(),
                telemetry.slowest(), engine.ledger());
    }

    /**
     * Listens, loads every model and returns when the last one is ready or has failed. While models load, health says
     * that the server lives and is not ready; where a repository cannot be read and that must not end the start, it
     * says from then on that it does not live.
     *
     * @throws StartException if a port cannot be had, or a repository cannot be read or a model fails and that must not
     *     be, or a platform's port has no model to ask
     */
    public static ModelServer start(ServerConfig config) throws StartException {
        StartWarnings.log(config);
        ModelServer server = listening(config);
        try {
            server.engine.load(config);
            server.frontEnds.modelsLoaded(server.models());
        } catch (InferenceException e) {
            server.stopNow();
            throw new StartException(e.text(), e);
        } catch (StartException | RuntimeException | Error e) { // what listens would keep a dead process alive
            server.stopNow();
            throw e;
        }
        return server;
    }

    /** A server without models that answers on its ports. */
    private static ModelServer listening(ServerConfig config) throws StartException {
        LifeCycle parts = new LifeCycle();
        try {
            return new ModelServer(config, parts);
        } catch (InferenceException e) {
            parts.close();
            throw new StartException(e.text(), e);
        } catch (StartException | RuntimeException | Error e) {
            parts.close();
            throw e;
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

    /** The port that SageMaker asks. */
    public int sageMakerPort() {
        return frontEnds.sageMakerPort()
                .orElseThrow(() -> new IllegalStateException("this server has no port for SageMaker"));
    }

    /** The port that Vertex AI asks. */
    public int vertexAiPort() {
        return frontEnds.vertexAiPort()
                .orElseThrow(() -> new IllegalStateException("this server has no port for Vertex AI"));
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
        return engine.inference().models().index();
    }

    /** What may be done with the model repository. */
    public ModelControl control() {
        return engine.control();
    }

    /** The native memory of this server's tensors. */
    public TensorMemory memory() {
        return engine.environment().memory();
    }

    /** The way in for a program in the same process. */
    public InferenceService inference() {
        return engine.inference();
    }

    /** How much inference is in flight. */
    public Admission admission() {
        return engine.admission();
    }

    /**
     * Says from here on that it is not ready, and asks clients to end their connections and go elsewhere; whatever
     * arrives is served all the same, on new connections too. Whoever sends requests here has until {@link #stop} to
     * notice.
     */
    public void beginDrain() {
        engine.models().beginDrain();
        frontEnds.beginDrain();
    }

    /**
     * Ends: accepts no more connections, lets requests under way have their answers, unloads the models.
     *
     * @return whether all of that was done within {@code timeout}; what was not is cut off
     * @throws InterruptedException as soon as everything is closed that nobody has to wait for
     */
    public boolean stop(Duration timeout) throws InterruptedException {
        try (metrics) { // last of all: how a server ends is worth knowing
            return parts.stop(Deadline.in(timeout));
        }
    }

    /**
     * {@link #beginDrain}, after {@link ServerConfig#drainGrace} {@link #stop} with the timeout
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
