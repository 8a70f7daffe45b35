package io.nereid.server;

import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;
import io.nereid.server.console.ConsoleHandler;
import io.nereid.server.console.ConsoleSources;
import io.nereid.server.console.ServedPorts;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.grpc.GrpcFrontEnd;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.http.HttpFrontEnd;
import io.nereid.server.http.HttpService;
import io.nereid.server.http.connection.HttpHandler;
import io.nereid.server.inference.InferenceService;
import io.nereid.server.metrics.Metrics;
import io.nereid.server.openapi.OpenApiHandler;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.protocol.Restrictions;
import io.nereid.server.service.Services;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.FutureTask;

/** The ports of one server: which there are, and how they end. */
final class FrontEnds {
    private final @Nullable HttpFrontEnd http;
    private final @Nullable GrpcFrontEnd grpc;
    private final MetricsPort metrics;

    private FrontEnds(@Nullable HttpFrontEnd http, @Nullable GrpcFrontEnd grpc, MetricsPort metrics) {
        this.http = http;
        this.grpc = grpc;
        this.metrics = metrics;
    }

    /**
     * Listens on every port that is asked for: on all or on none.
     *
     * @param metrics belong to the metrics port from here on, and are closed if this fails
     * @throws InferenceException if a port cannot be had, with what is wrong with each of them
     */
    static FrontEnds listen(ServerConfig config, Services services, Metrics metrics) throws InferenceException {
        HttpConfig http = config.http();
        GrpcConfig grpc = config.grpc();
        Opening opening = new Opening();
        Opening.Port<MetricsPort> metricsPort = opening.open("metrics",
                () -> MetricsPort.open(config.metrics(), metrics, services.memory(), services.ledger()),
                MetricsPort::close);
        Opening.@Nullable Port<HttpFrontEnd> httpPort = !http.enabled() ? null
                : opening.open("http", () -> HttpFrontEnd.listen(http, httpHandler(config, services, metrics),
                        services.memory(), services.ledger()), HttpFrontEnd::close);
        Opening.@Nullable Port<GrpcFrontEnd> grpcPort = !grpc.enabled() ? null
                : opening.open("grpc", () -> GrpcFrontEnd.listen(grpc, services, http.limits().maxInputBytes()),
                        GrpcFrontEnd::close);
        opening.check();
        return new FrontEnds(httpPort == null ? null : httpPort.opened(),
                grpcPort == null ? null : grpcPort.opened(), metricsPort.opened());
    }

    /** The v2 protocol, with the pages for browsers in front of it where they are served. */
    private static HttpHandler httpHandler(ServerConfig config, Services services, Metrics metrics) {
        HttpHandler protocol = HttpService.handler(services, config.http());
        if (!config.console().enabled()) {
            return protocol;
        }
        InferenceService inference = services.inference();
        ConsoleSources sources = new ConsoleSources(inference.models(), config.repositories().control().mode(),
                inference.refused(), services.ledger(), services.slowest(), metrics::gpus, ports(config),
                services.metadata(), NanoClock.SYSTEM);
        HttpHandler described = new OpenApiHandler(protocol, services, config.http());
        return new ConsoleHandler(described, sources, config.http().restrictions());
    }

    private static ServedPorts ports(ServerConfig config) {
        GrpcConfig grpc = config.grpc();
        return new ServedPorts(config.http().tls().isPresent(), grpc.enabled() ? grpc.port() : 0,
                grpc.tls().isPresent(), headerOfInference(config.http().restrictions()),
                headerOfInference(grpc.restrictions()));
    }

    private static Optional<String> headerOfInference(Restrictions restrictions) {
        return Optional.ofNullable(restrictions.of(ApiCategory.INFERENCE)).map(Restrictions.Requirement::header);
    }

    /** The port of the metrics, which is not drained and closed with the others. */
    MetricsPort metrics() {
        return metrics;
    }

    /** The port that HTTP is served on; absent where it is not. */
    OptionalInt httpPort() {
        return http == null ? OptionalInt.empty() : OptionalInt.of(http.port());
    }

    /** The port that gRPC is served on; absent where it is not. */
    OptionalInt grpcPort() {
        return grpc == null ? OptionalInt.empty() : OptionalInt.of(grpc.port());
    }

    /** Asks the clients of all ports to end their connections, and serves on. */
    void beginDrain() {
        if (http != null) {
            http.beginDrain();
        }
        if (grpc != null) {
            grpc.beginDrain();
        }
    }

    /**
     * {@link #drain}, then {@link #close}.
     *
     * @return whether all requests under way had their answers in time
     */
    boolean stop(Deadline deadline) throws InterruptedException {
        try {
            return drain(deadline.left());
        } finally {
            close();
        }
    }

    /**
     * Takes no more requests and waits until those under way have their answers, on all ports at the same time.
     *
     * @return whether all had within {@code timeout}
     */
    private boolean drain(Duration timeout) throws InterruptedException {
        FutureTask<Boolean> grpcDrained = new FutureTask<>(() -> grpc == null || grpc.drain(timeout));
        Thread drainer = Thread.startVirtualThread(grpcDrained);
        boolean drained = http == null || http.drain(timeout);
        drainer.join();
        return drained && grpcDrained.state() == FutureTask.State.SUCCESS && grpcDrained.resultNow();
    }

    /** Ends everything at once. */
    private void close() {
        if (http != null) {
            http.close();
        }
        if (grpc != null) {
            grpc.close();
        }
    }
}
