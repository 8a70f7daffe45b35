package io.nereid.server.cli;

import io.nereid.server.cache.CacheFlags;
import io.nereid.server.config.Flag;
import io.nereid.server.console.ConsoleFlags;
import io.nereid.server.grpc.GrpcFlags;
import io.nereid.server.http.HttpFlags;
import io.nereid.server.http.sagemaker.SageMakerFlags;
import io.nereid.server.http.vertexai.VertexAiFlags;
import io.nereid.server.ledger.LedgerFlags;
import io.nereid.server.logging.LoggingFlags;
import io.nereid.server.metrics.MetricsFlags;
import io.nereid.server.model.config.BackendFlags;
import io.nereid.server.model.config.RateLimiterFlags;
import io.nereid.server.model.config.RepositoryFlags;
import io.nereid.server.model.config.SchedulingFlags;
import io.nereid.server.protocol.RequestFlags;
import io.nereid.server.sharedmemory.SharedMemoryFlags;
import io.nereid.server.tracing.TraceFlags;

import java.util.List;
import java.util.stream.Stream;

/**
 * Every flag of Triton's command line and the few of our own: what the parser, the help and the warnings are made from.
 * Each is declared beside the configuration that it sets; this is the list of those places.
 */
final class Flags {
    /** All of them. */
    static final List<Flag<?>> ALL = Stream.of(ServerFlags.ALL, RepositoryFlags.ALL, HttpFlags.ALL, ConsoleFlags.ALL,
            LedgerFlags.ALL,
            RequestFlags.ALL,
            LoggingFlags.ALL, BackendFlags.ALL, GrpcFlags.ALL, MetricsFlags.ALL, TraceFlags.ALL, RateLimiterFlags.ALL,
            SchedulingFlags.ALL,
            SharedMemoryFlags.ALL, CacheFlags.ALL, SageMakerFlags.ALL, VertexAiFlags.ALL).<Flag<?>>flatMap(List::stream)
            .toList();

    private Flags() {}
}
