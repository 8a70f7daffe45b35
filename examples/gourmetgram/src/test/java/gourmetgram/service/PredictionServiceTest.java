package gourmetgram.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import gourmetgram.classify.FoodClassifier;
import gourmetgram.classify.FoodLabels;
import gourmetgram.classify.Prediction;
import gourmetgram.classify.Steps;
import gourmetgram.http.Request;
import gourmetgram.http.WebServer;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class PredictionServiceTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient client = HttpClient.newHttpClient();
    private WebServer server;

    /** Finds rice on every photograph, unless it is not well. */
    private static final class Rice implements FoodClassifier {
        private volatile boolean ill;

        @Override
        public Prediction classify(byte[] photograph, Steps steps) throws InferenceException {
            check();
            return new Prediction("Rice", 0.75);
        }

        @Override
        public void check() throws InferenceException {
            if (ill) {
                throw new InferenceException(ErrorCode.UNAVAILABLE, "not well");
            }
        }

        @Override
        public String description() {
            return "rice";
        }

        @Override
        public void close() {
            // It holds nothing.
        }
    }

    private final Rice rice = new Rice();

    @BeforeEach
    void start() throws IOException {
        server = WebServer.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                PredictionService.routes(rice));
    }

    @AfterEach
    void stop() {
        server.close();
        client.close();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private JsonNode description() throws IOException, InterruptedException {
        return JSON.readTree(send(request("/openapi.json")).body());
    }

    @Test
    void prediction_isLabelAndProbability() throws IOException, InterruptedException {
        HttpResponse<String> response = send(
                request("/predict").POST(BodyPublishers.ofString("{\"image\":\"aGk=\"}")));
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("{\"prediction\":\"Rice\",\"probability\":0.75}");
    }

    @Test
    void health_isThatOfTheModel() throws IOException, InterruptedException {
        assertThat(send(request("/health")).body()).isEqualTo("{\"status\":\"ok\",\"model\":\"rice\"}");
        rice.ill = true;
        HttpResponse<String> response = send(request("/health"));
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.body()).isEqualTo("{\"error\":\"not well\"}");
    }

    @Test
    void description_hasExactlyTheAddressesForPrograms() throws IOException, InterruptedException {
        List<String> paths = new ArrayList<>();
        description().path("paths").fieldNames().forEachRemaining(paths::add);
        assertThat(paths).containsExactly("/predict", "/health");
        assertThat(send(request("/predict").GET()).statusCode()).isEqualTo(405);
    }

    @Test
    void description_listsTheLabels() throws IOException, InterruptedException {
        List<String> labels = new ArrayList<>();
        description().at("/components/schemas/PredictionResponse/properties/prediction/enum")
                .forEach(label -> labels.add(label.asText()));
        assertThat(labels).isEqualTo(FoodLabels.ALL);
    }

    @Test
    void descriptionsExample_isAnImage() throws Exception {
        String example = description().at("/components/schemas/ImageRequest/properties/image/examples/0").asText();
        byte[] file = ImageRequest.read(JSON.createObjectNode().put("image", example).toString().getBytes(
                StandardCharsets.UTF_8));
        assertThat(file).startsWith(0xff, 0xd8, 0xff); // JPEG
    }

    @Test
    void pageOfSwaggerUi_hasAllItsFiles() throws IOException, InterruptedException {
        HttpResponse<String> root = send(request("/"));
        assertThat(root.statusCode()).isEqualTo(302);
        assertThat(root.headers().firstValue("Location")).hasValue("/docs");
        String page = send(request("/docs")).body();
        for (String file : List.of("/docs/swagger-ui.css", "/docs/docs.css", "/docs/swagger-ui-bundle.js",
                "/docs/docs.js", "/docs/favicon.png")) {
            assertThat(page).contains('"' + file + '"');
            assertThat(send(request(file)).statusCode()).isEqualTo(200);
        }
        assertThat(page).doesNotContain("http:", "https:");
    }

    @Test
    void aFileThatTheBrowserHas_isNotSentAgain() throws IOException, InterruptedException {
        String tag = send(request("/docs")).headers().firstValue("ETag").orElseThrow();
        HttpResponse<String> again = send(request("/docs").header("If-None-Match", tag));
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
    }

    @Test
    void aBodyThatIsTooLarge_is413() throws IOException, InterruptedException {
        HttpResponse<String> response = send(
                request("/predict").POST(BodyPublishers.ofByteArray(new byte[Request.MAX_BODY_BYTES + 1])));
        assertThat(response.statusCode()).isEqualTo(413);
    }
}
