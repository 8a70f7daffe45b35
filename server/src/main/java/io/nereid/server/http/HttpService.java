package io.nereid.server.http;

import io.nereid.inference.TensorMemory;
import io.nereid.server.http.codec.InferRequestReader;
import io.nereid.server.http.connection.HttpHandler;
import io.nereid.server.inference.CodecThreads;
import io.nereid.server.inference.InferenceService;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.protocol.HeaderForwarding;
import io.nereid.server.protocol.ServerMetadata;
import io.nereid.server.sharedmemory.SharedMemory;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** The v2 protocol as a table of routes. */
public final class HttpService {
    private HttpService() {}

    /**
     * What answers every request.
     *
     * @param shared the memory that clients share with the server
     * @param threads where long requests are read and long answers written
     * @param metadata what the server calls itself
     * @param headersToForward names of header lines that become request parameters
     * @param maxInputBytes the most bytes of JSON, of a tensor in it, or of a decompressed body
     */
    public static HttpHandler handler(InferenceService service, TensorMemory memory, SharedMemory shared,
            CodecThreads threads, ServerMetadata metadata,
            Optional<Pattern> headersToForward, long maxInputBytes) {
        ModelCatalog models = service.models();
        InferRequestReader reader = new InferRequestReader(memory, maxInputBytes);
        InferCodec infer = new InferCodec(memory, reader, new HeaderForwarding(headersToForward), maxInputBytes);
        StatisticsEndpoint statistics = new StatisticsEndpoint(models);
        Map<String, Endpoint> fixed = Map.of("/v2", new ServerMetadataEndpoint(metadata),
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
