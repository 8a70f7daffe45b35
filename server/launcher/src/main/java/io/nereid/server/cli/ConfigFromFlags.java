package io.nereid.server.cli;

import io.nereid.server.ServerConfig;
import io.nereid.server.cache.CacheFlags;
import io.nereid.server.config.FlagValues;
import io.nereid.server.config.UsageException;
import io.nereid.server.console.ConsoleFlags;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.grpc.GrpcFlags;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.http.HttpFlags;
import io.nereid.server.http.sagemaker.SageMakerConfig;
import io.nereid.server.http.sagemaker.SageMakerFlags;
import io.nereid.server.http.vertexai.VertexAiConfig;
import io.nereid.server.http.vertexai.VertexAiFlags;
import io.nereid.server.ledger.LedgerFlags;
import io.nereid.server.logging.LoggingFlags;
import io.nereid.server.metrics.MetricsConfig;
import io.nereid.server.metrics.MetricsFlags;
import io.nereid.server.model.config.BackendFlags;
import io.nereid.server.model.config.RateLimiterFlags;
import io.nereid.server.model.config.RepositoryFlags;
import io.nereid.server.model.config.SchedulingFlags;
import io.nereid.server.protocol.RequestFlags;
import io.nereid.server.sharedmemory.SharedMemoryFlags;
import io.nereid.server.tracing.TraceFlags;

import java.util.Map;
import java.util.Optional;

/** Makes the server's configuration of the values of the flags. */
final class ConfigFromFlags {
    private final FlagValues flags;
    private final Map<String, String> environment;

    /** @param environment the variables of the process, of which some platforms and OpenTelemetry have their own */
    ConfigFromFlags(FlagValues flags, Map<String, String> environment) {
        this.flags = flags;
        this.environment = environment;
    }

    /**
     * The configuration.
     *
     * @throws UsageException where a repository is missing or cannot be read, or values do not go together
     */
    ServerConfig read() throws UsageException {
        boolean prediction = VertexAiFlags.isPrediction(environment);
        HttpConfig http = HttpFlags.read(flags);
        http = http.withEnabled(http.enabled() && !(prediction && !flags.isGiven(HttpFlags.ALLOW_HTTP)));
        GrpcConfig grpc = GrpcFlags.read(flags);
        grpc = grpc.withEnabled(grpc.enabled() && !(prediction && !flags.isGiven(GrpcFlags.ALLOW_GRPC)));
        Optional<SageMakerConfig> sageMaker = SageMakerFlags.read(flags, environment);
        Optional<VertexAiConfig> vertexAi = VertexAiFlags.read(flags, environment);
        MetricsConfig metrics = MetricsFlags.read(flags, http.address());
        new ListeningPorts(http, grpc, metrics, sageMaker, vertexAi, SageMakerFlags.allowedPorts(flags)).check();
        boolean exitOnError = flags.get(ServerFlags.EXIT_ON_ERROR);
        Optional<String> platformsRepository = vertexAi.flatMap(_ -> VertexAiFlags.repository(environment));
        ServerConfig config = ServerConfig.of(RepositoryFlags.read(flags, exitOnError, platformsRepository))
                .withId(flags.get(ServerFlags.ID))
                .withHttp(http).withGrpc(grpc).withConsole(ConsoleFlags.read(flags))
                .withAdmission(LedgerFlags.read(flags)).withRequestLimits(RequestFlags.read(flags))
                .withBackends(BackendFlags.read(flags))
                .withAllowClientSharedMemory(SharedMemoryFlags.allowed(flags))
                .withRateLimits(RateLimiterFlags.read(flags))
                .withInlineExecution(SchedulingFlags.inlineExecution(flags)).withCache(CacheFlags.read(flags))
                .withLogging(LoggingFlags.read(flags))
                .withStrictReadiness(flags.get(ServerFlags.STRICT_READINESS)).withExitOnError(exitOnError)
                .withExitTimeout(flags.seconds(ServerFlags.EXIT_TIMEOUT_SECS))
                .withDrainGrace(flags.seconds(ServerFlags.DRAIN_GRACE_SECS)).withMetrics(metrics)
                .withTracing(TraceFlags.read(flags, environment));
        config = sageMaker.map(config::withSageMaker).orElse(config);
        return vertexAi.map(config::withVertexAi).orElse(config);
    }
}
