package io.nereid.server.http;

import io.nereid.inference.TensorMemory;
import io.nereid.server.http.codec.InferRequestReader;
import io.nereid.server.http.connection.HttpHandler;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.protocol.Admission;

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
     * @param admission lets inference requests in
     */
    public static HttpHandler handler(ModelCatalog models, TensorMemory memory, String id, String version,
            Optional<Pattern> headersToForward, long maxInputBytes, Admission admission) {
        InferRequestReader reader = new InferRequestReader(memory, maxInputBytes);
        InferCodec infer = new InferCodec(memory, reader, new ForwardedHeaders(headersToForward), maxInputBytes);
        CodecThreads threads = new CodecThreads(Runtime.getRuntime().availableProcessors());
        StatisticsEndpoint statistics = new StatisticsEndpoint(models);
        Map<String, Endpoint> fixed = Map.of("/v2", new ServerMetadataEndpoint(id, version),
                "/v2/health/live", HealthEndpoint.live(models), "/v2/health/ready", HealthEndpoint.ready(models),
                "/v2/models/stats", statistics);
        Map<String, Endpoint> ofModel = Map.of("ready", new ModelReadyEndpoint(models), "config",
                new ModelConfigEndpoint(models), "stats", statistics, "infer",
                new InferenceEndpoint(models, infer, threads, admission),
                "generate", new InferenceEndpoint(models, GenerateCodec.document(reader), threads, admission),
                "generate_stream",
                new InferenceEndpoint(models, GenerateCodec.events(reader), threads, admission));
        return new Router(new Routes(fixed, ofModel, new ModelMetadataEndpoint(models)));
    }
}
