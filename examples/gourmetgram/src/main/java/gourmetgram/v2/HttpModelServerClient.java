package gourmetgram.v2;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The v2 protocol over HTTP. */
public final class HttpModelServerClient implements ModelServerClient {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration TO_CONNECT = Duration.ofSeconds(5);
    private static final int MAX_ANSWER_BYTES = 1 << 20;

    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TO_CONNECT).build();
    private final ServerAddress server;

    /** A client of the server at that address. */
    public HttpModelServerClient(ServerAddress server) {
        this.server = server;
    }

    @Override
    public Signature signature(String model) throws InferenceException, InterruptedException {
        HttpResponse<byte[]> response = send(request(model, "").GET().build());
        JsonNode metadata = json(response.body());
        return new Signature(tensors(metadata.path("inputs")), tensors(metadata.path("outputs")));
    }

    private static List<Signature.TensorInfo> tensors(JsonNode list) {
        List<Signature.TensorInfo> tensors = new ArrayList<>();
        for (JsonNode one : list) {
            List<Long> shape = new ArrayList<>();
            one.path("shape").forEach(dimension -> shape.add(dimension.asLong()));
            tensors.add(new Signature.TensorInfo(one.path("name").asText(), one.path("datatype").asText(), shape));
        }
        return tensors;
    }

    @Override
    public List<WireTensor> infer(String model, WireTensor input, List<String> outputs)
            throws InferenceException, InterruptedException {
        byte[] head = InferMessage.head(input, outputs);
        HttpRequest request = request(model, "/infer")
                .header(InferMessage.HEAD_LENGTH, Integer.toString(head.length))
                .POST(BodyPublishers.ofByteArray(InferMessage.body(head, input))).build();
        HttpResponse<byte[]> response = send(request);
        return InferMessage.outputs(response.body(), response.headers().firstValue(InferMessage.HEAD_LENGTH), outputs);
    }

    private HttpRequest.Builder request(String model, String end) throws InferenceException {
        String name = URLEncoder.encode(model, StandardCharsets.UTF_8).replace("+", "%20");
        try {
            return HttpRequest.newBuilder(server.uri("/v2/models/" + name + end)).timeout(PATIENCE);
        } catch (IOException e) {
            throw cannotBeAsked(e);
        }
    }

    private HttpResponse<byte[]> send(HttpRequest request) throws InferenceException, InterruptedException {
        HttpResponse<byte[]> response;
        try {
            response = client.send(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_ANSWER_BYTES));
        } catch (HttpTimeoutException e) {
            throw unavailable("did not answer within " + PATIENCE.toSeconds() + " s", e);
        } catch (IOException e) {
            throw cannotBeAsked(e);
        }
        if (response.statusCode() != 200) {
            throw new InferenceException(code(response.statusCode()), "model server " + address() + ": "
                    + errorText(response));
        }
        return response;
    }

    private InferenceException cannotBeAsked(IOException cause) {
        return unavailable("cannot be asked (" + Reasons.of(cause) + "); is it started?", cause);
    }

    private InferenceException unavailable(String what, IOException cause) {
        return new InferenceException(ErrorCode.UNAVAILABLE, "model server " + address() + " " + what, cause);
    }

    private static ErrorCode code(int status) {
        return switch (status) {
            case 400 -> ErrorCode.INVALID_ARG;
            case 404 -> ErrorCode.NOT_FOUND;
            case 429, 503 -> ErrorCode.UNAVAILABLE;
            default -> ErrorCode.INTERNAL;
        };
    }

    private static String errorText(HttpResponse<byte[]> response) {
        try {
            JsonNode error = JSON.readTree(response.body()).path("error");
            if (error.isTextual()) {
                return error.asText();
            }
        } catch (IOException _) {
            // said below
        }
        return "status " + response.statusCode();
    }

    private JsonNode json(byte[] body) throws InferenceException {
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException e) {
            throw new InferenceException(ErrorCode.INTERNAL, "model server " + address() + ": got no JSON", e);
        } catch (IOException e) {
            throw InferenceException.ofInternalError(e);
        }
    }

    @Override
    public String address() {
        return server.toString();
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
