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
import io.nereid.server.ledger.LedgerFlags;
import io.nereid.server.logging.LoggingFlags;
import io.nereid.server.metrics.MetricsConfig;
import io.nereid.server.metrics.MetricsFlags;
import io.nereid.server.model.BackendFlags;
import io.nereid.server.model.RateLimiterFlags;
import io.nereid.server.model.RepositoryFlags;
import io.nereid.server.model.SchedulingFlags;
import io.nereid.server.protocol.RequestFlags;
import io.nereid.server.sharedmemory.SharedMemoryFlags;
import io.nereid.server.tracing.TraceFlags;

import java.util.List;
import java.util.stream.Stream;

/** Makes the server's configuration of the values of the flags. */
final class ConfigFromFlags {
    private final FlagValues flags;

    ConfigFromFlags(FlagValues flags) {
        this.flags = flags;
    }

    /**
     * The configuration.
     *
     * @throws UsageException where a repository is missing or cannot be read, or values do not go together
     */
    ServerConfig read() throws UsageException {
        HttpConfig http = HttpFlags.read(flags);
        GrpcConfig grpc = GrpcFlags.read(flags);
        MetricsConfig metrics = MetricsFlags.read(flags, http.address());
        checkPorts(http, grpc, metrics);
        boolean exitOnError = flags.get(ServerFlags.EXIT_ON_ERROR);
        return ServerConfig.of(RepositoryFlags.read(flags, exitOnError)).withId(flags.get(ServerFlags.ID))
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
                .withTracing(TraceFlags.read(flags, System.getenv()));
    }

    private static void checkPorts(HttpConfig http, GrpcConfig grpc, MetricsConfig metrics) throws UsageException {
        if (!http.enabled() && !grpc.enabled()) {
            throw new UsageException("--allow-http=false and --allow-grpc=false: nothing is left that could take a"
                    + " request; leave one of them out");
        }
        List<Listening> ports = Stream.of(new Listening("HTTP", "http", http.enabled(), http.address(), http.port()),
                new Listening("GRPC", "grpc", grpc.enabled(), grpc.address(), grpc.port()),
                new Listening("metrics", "metrics", metrics.enabled(), metrics.address(), metrics.port()))
                .filter(Listening::fixed).toList();
        for (int i = 1; i < ports.size(); i++) {
            for (Listening earlier : ports.subList(0, i)) {
                earlier.checkApart(ports.get(i));
            }
        }
    }

    /** One port: what for, in Triton's words, and the flags that it comes from. */
    private record Listening(String service, String flags, boolean enabled, String address, int port) {
        boolean fixed() {
            return enabled && port != 0;
        }

        void checkApart(Listening other) throws UsageException {
            if (port == other.port && address.equals(other.address)) {
                throw new UsageException(("The server cannot listen to %s requests and %s requests at the same address"
                        + " and port %s:%d; choose another --%s-port or --%s-port").formatted(service, other.service,
                                address, port, flags, other.flags));
            }
        }
    }
}
