package io.nereid.server.http;

import io.nereid.server.http.codec.InferRequestReader;
import io.nereid.server.http.connection.HttpHandler;
import io.nereid.server.inference.InferenceService;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.model.control.ModelControl;
import io.nereid.server.observation.Observers;
import io.nereid.server.protocol.HeaderForwarding;
import io.nereid.server.protocol.RequestLimits;
import io.nereid.server.service.Services;
import io.nereid.server.sharedmemory.SharedMemory;
import org.jspecify.annotations.Nullable;

import java.util.Map;

/**
 * What the v2 protocol answers on one port. Other protocols over HTTP send their own requests to the same endpoints.
 * Immutable; for all threads.
 */
public final class HttpService {
    private final InferenceService inference;
    private final Observers observers;
    private final InferRequestReader reader;
    private final HttpConfig config;
    private final JsonLength jsonLength;
    private final Routes routes;

    /**
     * The endpoints over these services.
     *
     * @param config which headers become request parameters, how large an input may be, who may call what
     * @param jsonLength how messages with binary tensors are told apart
     */
    public HttpService(Services services, HttpConfig config, JsonLength jsonLength) {
        this.inference = services.inference();
        this.observers = services.observers();
        this.reader = new InferRequestReader(services.sharedMemory(), config.limits().maxInputBytes(),
                services.requestLimits());
        this.config = config;
        this.jsonLength = jsonLength;
        this.routes = routes(services);
    }

    /** What answers every request of the protocol's own port. */
    public static HttpHandler handler(Services services, HttpConfig config) {
        HttpService service = new HttpService(services, config, JsonLength.IN_A_HEADER);
        return new ProtocolRouter(service.routes, config.restrictions(), service::isObserved);
    }

    private Routes routes(Services services) {
        ModelCatalog models = inference.models();
        TraceEndpoint trace = new TraceEndpoint(services.tracing());
        StatisticsEndpoint statistics = new StatisticsEndpoint(models);
        Map<String, Endpoint> fixed = Map.of("/v2", new ServerMetadataEndpoint(services.metadata()),
                "/v2/health/live", live(), "/v2/health/ready", ready(),
                "/v2/models/stats", new InTurns(new StatisticsEndpoint.OfAll(models)), "/v2/trace/setting", trace,
                "/v2/logging",
                new LoggingEndpoint(services.logging()));
        Map<String, Endpoint> ofModel = Map.of("ready", new ModelReadyEndpoint(models), "config",
                new ModelConfigEndpoint(models), "stats", statistics, "infer", infer(ErrorStatus.OF_PROTOCOL),
                "generate", generate(), "generate_stream", generateStream(), "trace/setting", trace);
        return new Routes(fixed, ofModel, new ModelMetadataEndpoint(models), ofRegions(services.sharedMemory()),
                ofRepository(services.control(), services.requestLimits()), models::isAlias);
    }

    /** Whether the process lives. */
    public Endpoint live() {
        return HealthEndpoint.live(inference.models());
    }

    /** Whether requests are served. */
    public Endpoint ready() {
        return HealthEndpoint.ready(inference.models());
    }

    /**
     * One request to a model, one answer.
     *
     * @param errors the status of what goes wrong
     */
    public Endpoint infer(ErrorStatus errors) {
        return ofModel(new InferCodec(reader, new HeaderForwarding(config.headersToForward()),
                config.limits().maxInputBytes(), jsonLength, errors));
    }

    /** Flat JSON, answered by the like. */
    public Endpoint generate() {
        return ofModel(GenerateCodec.document(reader));
    }

    /** Flat JSON, answered by events. */
    public Endpoint generateStream() {
        return ofModel(GenerateCodec.events(reader));
    }

    private Endpoint ofModel(RouteCodec codec) {
        return new InferenceEndpoint(inference, codec, observers);
    }

    /** What sends requests to that endpoint, of whoever may call it. */
    public EndpointHandler handler(Endpoint endpoint, ModelPath path) {
        return new EndpointHandler(endpoint, path, config.restrictions());
    }

    /** What answers a path of the protocol, of whoever may call it; null where it has none of that name. */
    public @Nullable EndpointHandler find(String path) {
        return routes.handler(path, config.restrictions());
    }

    /** Whether somebody wants to know what becomes of requests; may change. */
    boolean isObserved() {
        return observers.isOn();
    }

    JsonLength jsonLength() {
        return jsonLength;
    }

    private static Map<String, Routes.OfRepository> ofRepository(ModelControl control, RequestLimits limits) {
        return Map.of("index", _ -> new RepositoryEndpoint.Index(control, limits), "load",
                repository -> new RepositoryEndpoint.Load(control, repository, limits), "unload",
                repository -> new RepositoryEndpoint.Unload(control, repository, limits));
    }

    private static Map<String, Routes.OfRegion> ofRegions(SharedMemory shared) {
        return Map.of("/v2/systemsharedmemory/status", region -> new SystemRegionEndpoint.Status(shared, region),
                "/v2/systemsharedmemory/register", region -> new SystemRegionEndpoint.Register(shared, region),
                "/v2/systemsharedmemory/unregister", region -> new SystemRegionEndpoint.Unregister(shared, region),
                "/v2/cudasharedmemory/status", region -> new CudaRegionEndpoint.Status(shared, region),
                "/v2/cudasharedmemory/register", region -> new CudaRegionEndpoint.Register(shared, region),
                "/v2/cudasharedmemory/unregister",
                region -> new CudaRegionEndpoint.Unregister(shared, region));
    }
}
