package io.nereid.server.http;

import io.nereid.server.http.codec.InferRequestReader;
import io.nereid.server.http.connection.HttpHandler;
import io.nereid.server.inference.InferenceService;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.model.ModelControl;
import io.nereid.server.observation.Observers;
import io.nereid.server.protocol.HeaderForwarding;
import io.nereid.server.protocol.RequestLimits;
import io.nereid.server.service.Services;
import io.nereid.server.sharedmemory.SharedMemory;

import java.util.Map;

/** The v2 protocol as a table of routes. */
public final class HttpService {
    private HttpService() {}

    /**
     * What answers every request.
     *
     * @param config which headers become request parameters, how large an input may be, who may call what
     */
    public static HttpHandler handler(Services services, HttpConfig config) {
        InferenceService service = services.inference();
        SharedMemory shared = services.sharedMemory();
        ModelCatalog models = service.models();
        long maxInputBytes = config.limits().maxInputBytes();
        InferRequestReader reader = new InferRequestReader(shared, maxInputBytes, services.requestLimits());
        InferCodec infer = new InferCodec(reader, new HeaderForwarding(config.headersToForward()), maxInputBytes);
        Observers observers = services.observers();
        TraceEndpoint trace = new TraceEndpoint(services.tracing());
        StatisticsEndpoint statistics = new StatisticsEndpoint(models);
        Map<String, Endpoint> fixed = Map.of("/v2", new ServerMetadataEndpoint(services.metadata()),
                "/v2/health/live", HealthEndpoint.live(models), "/v2/health/ready", HealthEndpoint.ready(models),
                "/v2/models/stats", statistics, "/v2/trace/setting", trace, "/v2/logging",
                new LoggingEndpoint(services.logging()));
        Map<String, Endpoint> ofModel = Map.of("ready", new ModelReadyEndpoint(models), "config",
                new ModelConfigEndpoint(models), "stats", statistics, "infer",
                new InferenceEndpoint(service, infer, observers),
                "generate", new InferenceEndpoint(service, GenerateCodec.document(reader), observers),
                "generate_stream",
                new InferenceEndpoint(service, GenerateCodec.events(reader), observers),
                "trace/setting", trace);
        return new Router(
                new Routes(fixed, ofModel, new ModelMetadataEndpoint(models), ofRegions(shared),
                        ofRepository(services.control(), services.requestLimits())),
                config.restrictions(), observers::isOn);
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
