package io.nereid.server.http;

import io.nereid.inference.TensorMemory;
import io.nereid.server.http.codec.InferRequestReader;
import io.nereid.server.http.connection.HttpHandler;
import io.nereid.server.inference.InferenceService;
import io.nereid.server.model.ModelCatalog;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** The v2 protocol as a table of routes. */
public final class HttpService {
    private HttpService() {}

    /**
     * What answers every request.
     *
     * @param id what the server calls itself
     * @param version the version of Triton it stands in for
     * @param headersToForward names of header lines that become request parameters
     * @param maxInputBytes the most bytes of JSON, of a tensor in it, or of a decompressed body
     */
    public static HttpHandler handler(InferenceService service, TensorMemory memory, String id, String version,
            Optional<Pattern> headersToForward, long maxInputBytes) {
        ModelCatalog models = service.models();
        InferRequestReader reader = new InferRequestReader(memory, maxInputBytes);
        InferCodec infer = new InferCodec(memory, reader, new ForwardedHeaders(headersToForward), maxInputBytes);
        CodecThreads threads = new CodecThreads(Runtime.getRuntime().availableProcessors());
        StatisticsEndpoint statistics = new StatisticsEndpoint(models);
        Map<String, Endpoint> fixed = Map.of("/v2", new ServerMetadataEndpoint(id, version),
                "/v2/health/live", HealthEndpoint.live(models), "/v2/health/ready", HealthEndpoint.ready(models),
                "/v2/models/stats", statistics);
        Map<String, Endpoint> ofModel = Map.of("ready", new ModelReadyEndpoint(models), "config",
                new ModelConfigEndpoint(models), "stats", statistics, "infer",
                new InferenceEndpoint(service, infer, threads),
                "generate", new InferenceEndpoint(service, GenerateCodec.document(reader), threads),
                "generate_stream",
                new InferenceEndpoint(service, GenerateCodec.events(reader), threads));
        return new Router(new Routes(fixed, ofModel, new ModelMetadataEndpoint(models)));
    }
}
