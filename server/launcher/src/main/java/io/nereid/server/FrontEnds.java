package io.nereid.server;

import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
import io.nereid.server.console.ConsoleHandler;
import io.nereid.server.console.ConsoleSources;
import io.nereid.server.console.ServedPorts;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.grpc.GrpcFrontEnd;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.http.HttpFrontEnd;
import io.nereid.server.http.HttpService;
import io.nereid.server.http.connection.HttpHandler;
import io.nereid.server.http.sagemaker.SageMakerFrontEnd;
import io.nereid.server.http.vertexai.VertexAiFrontEnd;
import io.nereid.server.inference.InferenceService;
import io.nereid.server.metrics.Metrics;
import io.nereid.server.openai.OpenAiHandler;
import io.nereid.server.openapi.OpenApiHandler;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.protocol.Restrictions;
import io.nereid.server.service.Services;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The ports of one server: which there are, and how they end. */
final class FrontEnds {
    private final @Nullable HttpFrontEnd http;
    private final @Nullable GrpcFrontEnd grpc;
    private final @Nullable HttpFrontEnd sageMaker;
    private final @Nullable VertexAiFrontEnd vertexAi;
    private final MetricsPort metrics;

    private FrontEnds(@Nullable HttpFrontEnd http, @Nullable GrpcFrontEnd grpc, @Nullable HttpFrontEnd sageMaker,
            @Nullable VertexAiFrontEnd vertexAi, MetricsPort metrics) {
        this.http = http;
        this.grpc = grpc;
        this.sageMaker = sageMaker;
        this.vertexAi = vertexAi;
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
        Opening.@Nullable Port<HttpFrontEnd> sageMakerPort = config.sageMaker()
                .map(of -> opening.open("sagemaker", () -> SageMakerFrontEnd.listen(of, http, services),
                        HttpFrontEnd::close))
                .orElse(null);
        Supplier<String> metricsText = config.metrics().enabled() ? metrics::text : null;
        Opening.@Nullable Port<VertexAiFrontEnd> vertexAiPort = config.vertexAi()
                .map(of -> opening.open("vertex-ai", () -> VertexAiFrontEnd.listen(of, http, services, metricsText),
                        VertexAiFrontEnd::close))
                .orElse(null);
        opening.check();
        return new FrontEnds(opened(httpPort), opened(grpcPort), opened(sageMakerPort), opened(vertexAiPort),
                metricsPort.opened());
    }

    private static <T> @Nullable T opened(Opening.@Nullable Port<T> port) {
        return port == null ? null : port.opened();
    }

    /**
     * Says that the models are loaded, those at the start.
     *
     * @throws InferenceException INVALID_ARG if a port needs one that is not there
     */
    void modelsLoaded(List<RepositoryIndexEntry> index) throws InferenceException {
        if (vertexAi != null) {
            vertexAi.chooseDefaultModel(index);
        }
    }

    /** The v2 protocol, with OpenAI's routes and the pages for browsers in front of it where they are served. */
    private static HttpHandler httpHandler(ServerConfig config, Services services, Metrics metrics) {
        HttpHandler own = HttpService.handler(services, config.http());
        HttpHandler protocol = config.http().openAi().enabled()
                ? new OpenAiHandler(own, services, config.http(), InstantSource.system())
                : own;
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

    /** The port that SageMaker asks; absent where it is not served. */
    OptionalInt sageMakerPort() {
        return sageMaker == null ? OptionalInt.empty() : OptionalInt.of(sageMaker.port());
    }

    /** The port that Vertex AI asks; absent where it is not served. */
    OptionalInt vertexAiPort() {
        return vertexAi == null ? OptionalInt.empty() : OptionalInt.of(vertexAi.port().port());
    }

    /** All that take requests by HTTP. */
    private List<HttpFrontEnd> overHttp() {
        return Stream.of(http, sageMaker, vertexAi == null ? null : vertexAi.port()).filter(Objects::nonNull).toList();
    }

    /** The port that gRPC is served on; absent where it is not. */
    OptionalInt grpcPort() {
        return grpc == null ? OptionalInt.empty() : OptionalInt.of(grpc.port());
    }

    /** Asks the clients of all ports to end their connections, and serves on. */
    void beginDrain() {
        overHttp().forEach(HttpFrontEnd::beginDrain);
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
        List<FutureTask<Boolean>> drains = new ArrayList<>();
        overHttp().forEach(port -> drains.add(new FutureTask<>(() -> port.drain(timeout))));
        if (grpc != null) {
            drains.add(new FutureTask<>(() -> grpc.drain(timeout)));
        }
        List<Thread> drainers = drains.stream().map(Thread::startVirtualThread).toList();
        for (Thread drainer : drainers) {
            drainer.join();
        }
        return drains.stream().allMatch(drain -> drain.state() == FutureTask.State.SUCCESS && drain.resultNow());
    }

    /** Ends everything at once. */
    private void close() {
        overHttp().forEach(HttpFrontEnd::close);
        if (grpc != null) {
            grpc.close();
        }
    }
}
