package io.nereid.server;

import io.nereid.server.cache.CacheConfig;
import io.nereid.server.config.Require;
import io.nereid.server.console.ConsoleConfig;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.http.sagemaker.SageMakerConfig;
import io.nereid.server.http.vertexai.VertexAiConfig;
import io.nereid.server.ledger.LedgerLimits;
import io.nereid.server.logging.LoggingConfig;
import io.nereid.server.metrics.MetricsConfig;
import io.nereid.server.model.config.BackendConfig;
import io.nereid.server.model.config.RateLimits;
import io.nereid.server.model.config.RepositoryConfig;
import io.nereid.server.protocol.RequestLimits;
import io.nereid.server.tracing.TracingConfig;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The whole configuration of a server. Immutable; every record of it refuses values that cannot work with an
 * {@link IllegalArgumentException} that names the component, what it got and what it expected.
 *
 * {@snippet :
 * ServerConfig config = ServerConfig.of(Path.of("models")).withHttp(HttpConfig.DEFAULT.withPort(0));
 * }
 *
 * @param id the server's name in its metadata
 * @param repositories where the models are and how they are read
 * @param http the HTTP front end and what one client may ask of it
 * @param grpc the gRPC front end
 * @param sageMaker the port that SageMaker asks; absent for none
 * @param vertexAi the port that Vertex AI asks; absent for none
 * @param console the pages for browsers on the HTTP port
 * @param admission how much inference may be in flight at once, over all front ends
 * @param requestLimits how large the parts of one request may be that are kept on the heap
 * @param backends settings handed to the backends
 * @param allowClientSharedMemory whether clients may pass tensors in memory that they share with the server: they can
 *     then read and write every shared memory object that the server's user can
 * @param rateLimits whether instances compete for resources while they execute
 * @param inlineExecution whether requests to models that are quick run on the threads that queue them, as event loops
 * @param cache whether answers are kept for requests that come again
 * @param logging what the process logs; only the command line acts on it, an embedding program keeps its own logging
 * @param strictReadiness ready only while every version of every known model is; otherwise as soon as the server runs
 * @param exitOnError a model that fails to load at start-up ends the start with an error; otherwise the rest is served
 * @param exitTimeout how long a stopping server waits for the requests in flight; zero waits for none
 * @param drainGrace how long a server that is to stop says that it is not ready, and serves what still arrives, before
 *     it stops; zero stops at once
 * @param metrics the metrics port
 * @param tracing which requests are traced, and where to
 */
public record ServerConfig(
        String id,
        RepositoryConfig repositories,
        HttpConfig http,
        GrpcConfig grpc,
        Optional<SageMakerConfig> sageMaker,
        Optional<VertexAiConfig> vertexAi,
        ConsoleConfig console,
        LedgerLimits admission,
        RequestLimits requestLimits,
        BackendConfig backends,
        boolean allowClientSharedMemory,
        RateLimits rateLimits,
        boolean inlineExecution,
        CacheConfig cache,
        LoggingConfig logging,
        boolean strictReadiness,
        boolean exitOnError,
        Duration exitTimeout,
        Duration drainGrace,
        MetricsConfig metrics,
        TracingConfig tracing) {

    /** The name Triton reports, which clients have come to look for. */
    public static final String DEFAULT_ID = "triton";

    /** How long a stopping server waits for the requests in flight. */
    public static final Duration DEFAULT_EXIT_TIMEOUT = Duration.ofSeconds(30);

    public ServerConfig {
        Objects.requireNonNull(repositories, "repositories");
        Objects.requireNonNull(http, "http");
        Objects.requireNonNull(grpc, "grpc");
        Objects.requireNonNull(sageMaker, "sageMaker");
        Objects.requireNonNull(vertexAi, "vertexAi");
        Objects.requireNonNull(console, "console");
        Objects.requireNonNull(admission, "admission");
        Objects.requireNonNull(requestLimits, "requestLimits");
        Objects.requireNonNull(backends, "backends");
        Objects.requireNonNull(rateLimits, "rateLimits");
        Objects.requireNonNull(cache, "cache");
        Objects.requireNonNull(logging, "logging");
        Objects.requireNonNull(metrics, "metrics");
        Objects.requireNonNull(tracing, "tracing");
        Require.that(!id.isBlank(), "id: got '%s' (expected a name)", id);
        Require.that(!exitTimeout.isNegative(), "exitTimeout: got %s (expected zero or more)", exitTimeout);
        Require.that(!drainGrace.isNegative(), "drainGrace: got %s (expected zero or more)", drainGrace);
    }

    /**
     * The defaults, serving the models of one or more repositories. There is no metrics port, unlike for a server that
     * is started by the command line: a program has its own way of telling its metrics, or says
     * {@code withMetrics(MetricsConfig.DEFAULT)}.
     */
    public static ServerConfig of(Path... repositories) {
        return of(RepositoryConfig.of(List.of(repositories)));
    }

    /** The defaults, serving the models of these repositories. */
    public static ServerConfig of(RepositoryConfig repositories) {
        return new ServerConfig(DEFAULT_ID, repositories, HttpConfig.DEFAULT,
                GrpcConfig.DEFAULT, Optional.empty(), Optional.empty(), ConsoleConfig.DEFAULT,
                LedgerLimits.DEFAULT, RequestLimits.DEFAULT, BackendConfig.NONE, false, RateLimits.OFF, true,
                CacheConfig.OFF,
                LoggingConfig.DEFAULT, true, true,
                DEFAULT_EXIT_TIMEOUT, Duration.ZERO, MetricsConfig.OFF, TracingConfig.DEFAULT);
    }

    public ServerConfig withId(String newId) {
        return with(draft -> draft.id = newId);
    }

    public ServerConfig withRepositories(RepositoryConfig newRepositories) {
        return with(draft -> draft.repositories = newRepositories);
    }

    public ServerConfig withHttp(HttpConfig newHttp) {
        return with(draft -> draft.http = newHttp);
    }

    public ServerConfig withGrpc(GrpcConfig newGrpc) {
        return with(draft -> draft.grpc = newGrpc);
    }

    /** With a port that SageMaker asks, besides the others. */
    public ServerConfig withSageMaker(SageMakerConfig newSageMaker) {
        return with(draft -> draft.sageMaker = Optional.of(newSageMaker));
    }

    /** With a port that Vertex AI asks, besides the others. */
    public ServerConfig withVertexAi(VertexAiConfig newVertexAi) {
        return with(draft -> draft.vertexAi = Optional.of(newVertexAi));
    }

    /** Serves neither HTTP nor gRPC: only the program that the server is part of asks it. */
    public ServerConfig withoutPorts() {
        return withHttp(http.withEnabled(false)).withGrpc(grpc.withEnabled(false));
    }

    public ServerConfig withConsole(ConsoleConfig newConsole) {
        return with(draft -> draft.console = newConsole);
    }

    public ServerConfig withAdmission(LedgerLimits newAdmission) {
        return with(draft -> draft.admission = newAdmission);
    }

    public ServerConfig withRequestLimits(RequestLimits newRequestLimits) {
        return with(draft -> draft.requestLimits = newRequestLimits);
    }

    public ServerConfig withBackends(BackendConfig newBackends) {
        return with(draft -> draft.backends = newBackends);
    }

    public ServerConfig withAllowClientSharedMemory(boolean newAllowClientSharedMemory) {
        return with(draft -> draft.allowClientSharedMemory = newAllowClientSharedMemory);
    }

    public ServerConfig withRateLimits(RateLimits newRateLimits) {
        return with(draft -> draft.rateLimits = newRateLimits);
    }

    public ServerConfig withInlineExecution(boolean newInlineExecution) {
        return with(draft -> draft.inlineExecution = newInlineExecution);
    }

    public ServerConfig withCache(CacheConfig newCache) {
        return with(draft -> draft.cache = newCache);
    }

    public ServerConfig withLogging(LoggingConfig newLogging) {
        return with(draft -> draft.logging = newLogging);
    }

    public ServerConfig withStrictReadiness(boolean newStrictReadiness) {
        return with(draft -> draft.strictReadiness = newStrictReadiness);
    }

    public ServerConfig withExitOnError(boolean newExitOnError) {
        return with(draft -> draft.exitOnError = newExitOnError);
    }

    public ServerConfig withExitTimeout(Duration newExitTimeout) {
        return with(draft -> draft.exitTimeout = newExitTimeout);
    }

    public ServerConfig withDrainGrace(Duration newDrainGrace) {
        return with(draft -> draft.drainGrace = newDrainGrace);
    }

    public ServerConfig withMetrics(MetricsConfig newMetrics) {
        return with(draft -> draft.metrics = newMetrics);
    }

    public ServerConfig withTracing(TracingConfig newTracing) {
        return with(draft -> draft.tracing = newTracing);
    }

    private ServerConfig with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.toConfig();
    }

    /** A configuration that is being changed. */
    private static final class Draft {
        private String id;
        private RepositoryConfig repositories;
        private HttpConfig http;
        private GrpcConfig grpc;
        private Optional<SageMakerConfig> sageMaker;
        private Optional<VertexAiConfig> vertexAi;
        private ConsoleConfig console;
        private LedgerLimits admission;
        private RequestLimits requestLimits;
        private BackendConfig backends;
        private boolean allowClientSharedMemory;
        private RateLimits rateLimits;
        private boolean inlineExecution;
        private CacheConfig cache;
        private LoggingConfig logging;
        private boolean strictReadiness;
        private boolean exitOnError;
        private Duration exitTimeout;
        private Duration drainGrace;
        private MetricsConfig metrics;
        private TracingConfig tracing;

        Draft(ServerConfig config) {
            id = config.id;
            repositories = config.repositories;
            http = config.http;
            grpc = config.grpc;
            sageMaker = config.sageMaker;
            vertexAi = config.vertexAi;
            console = config.console;
            admission = config.admission;
            requestLimits = config.requestLimits;
            backends = config.backends;
            allowClientSharedMemory = config.allowClientSharedMemory;
            rateLimits = config.rateLimits;
            inlineExecution = config.inlineExecution;
            cache = config.cache;
            logging = config.logging;
            strictReadiness = config.strictReadiness;
            exitOnError = config.exitOnError;
            exitTimeout = config.exitTimeout;
            drainGrace = config.drainGrace;
            metrics = config.metrics;
            tracing = config.tracing;
        }

        ServerConfig toConfig() {
            return new ServerConfig(id, repositories, http, grpc, sageMaker, vertexAi, console, admission,
                    requestLimits, backends,
                    allowClientSharedMemory,
                    rateLimits, inlineExecution, cache, logging, strictReadiness, exitOnError, exitTimeout, drainGrace,
                    metrics,
                    tracing);
        }
    }
}
