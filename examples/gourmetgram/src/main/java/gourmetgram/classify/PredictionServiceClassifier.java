package gourmetgram.classify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import gourmetgram.v2.Reasons;
import gourmetgram.v2.ServerAddress;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Base64;

/** The prediction service of another process, asked by {@code POST /predict}. */
public final class PredictionServiceClassifier implements FoodClassifier {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration TO_CONNECT = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final int MAX_ANSWER_BYTES = 1 << 16;

    private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(TO_CONNECT).build();
    private final ServerAddress service;

    /** Asks the service at that address. */
    public PredictionServiceClassifier(ServerAddress service) {
        this.service = service;
    }

    @Override
    public Prediction classify(byte[] photograph, Steps steps) throws InferenceException, InterruptedException {
        return steps.time("ask the prediction service", () -> ask(photograph));
    }

    private Prediction ask(byte[] photograph) throws InferenceException, InterruptedException {
        String body = JSON.createObjectNode().put("image", Base64.getEncoder().encodeToString(photograph)).toString();
        JsonNode answer = send(request("/predict").header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body)).build());
        if (!answer.path("prediction").isTextual() || !answer.path("probability").isNumber()) {
            throw failure(ErrorCode.INTERNAL, "its answer has no prediction and probability", null);
        }
        return Prediction.of(answer.path("prediction").asText(), answer.path("probability").asDouble());
    }

    private HttpRequest.Builder request(String path) throws InferenceException {
        try {
            return HttpRequest.newBuilder(service.uri(path)).timeout(PATIENCE);
        } catch (IOException e) {
            throw cannotBeAsked(e);
        }
    }

    private JsonNode send(HttpRequest request) throws InferenceException, InterruptedException {
        try {
            HttpResponse<byte[]> response = client.send(request,
                    BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_ANSWER_BYTES));
            JsonNode answer = JSON.readTree(response.body());
            if (response.statusCode() != 200) {
                throw failure(code(response.statusCode()),
                        answer.path("error").asText("status " + response.statusCode()), null);
            }
            return answer;
        } catch (JsonProcessingException e) {
            throw failure(ErrorCode.INTERNAL, "got no JSON", e);
        } catch (HttpTimeoutException e) {
            throw failure(ErrorCode.UNAVAILABLE, "no answer within " + PATIENCE.toSeconds() + " s", e);
        } catch (IOException e) {
            throw cannotBeAsked(e);
        }
    }

    private InferenceException cannotBeAsked(IOException cause) {
        return failure(ErrorCode.UNAVAILABLE, "it cannot be asked (" + Reasons.of(cause) + "); is it started?", cause);
    }

    private InferenceException failure(ErrorCode code, String what, @Nullable Throwable cause) {
        return new InferenceException(code, "prediction service " + service + ": " + what, cause);
    }

    private static ErrorCode code(int status) {
        return switch (status) {
            case 400, 413 -> ErrorCode.INVALID_ARG;
            case 429, 503 -> ErrorCode.UNAVAILABLE;
            default -> ErrorCode.INTERNAL;
        };
    }

    @Override
    public void check() throws InferenceException, InterruptedException {
        send(request("/health").GET().build());
    }

    @Override
    public String description() {
        return "the prediction service " + service;
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
