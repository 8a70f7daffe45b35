package io.nereid.server.console;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nereid.inference.Await;
import io.nereid.server.ModelServer;
import io.nereid.server.ServerConfig;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.model.control.TestRepository;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.protocol.Restrictions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

/** The console's addresses, over real connections. */
@Timeout(60)
class ConsoleTest {
    private static final String VERSION = "/console/api/models/echo/versions/1";
    private static final String REQUEST = "{\"id\":\"mine\",\"inputs\":[{\"name\":\"IN\",\"datatype\":\"UINT8\","
            + "\"shape\":[2,1],\"data\":[1,2]}]}";

    @TempDir
    private Path folder;
    private HttpClient client;
    private ModelServer server;

    @BeforeEach
    void start() throws Exception {
        new TestRepository(folder).withIdentity("echo", "TYPE_UINT8", "1", "dynamic_batching { }")
                .withIdentity("<b>x", "TYPE_UINT8", "1", "").withIdentity("alone", "TYPE_UINT8", "1", "")
                .withModel("plain", """
                        backend: "identity"
                        input { name: "IN" data_type: TYPE_UINT8 dims: [ 1 ] }
                        output { name: "OUT" data_type: TYPE_UINT8 dims: [ 1 ] }
                        """);
        client = HttpClient.newHttpClient();
        server = ModelServer.start(config());
    }

    private ServerConfig config() {
        return ServerConfig.of(folder).withHttp(HttpConfig.DEFAULT.withAddress("127.0.0.1").withPort(0))
                .withGrpc(GrpcConfig.DEFAULT.withEnabled(false));
    }

    private void restart(ServerConfig config) throws Exception {
        server.close();
        server = ModelServer.start(config);
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/console", "/console/", "/console?model=x"})
    void page_get_isHtmlThatMayLoadNothingFromElsewhere(String path) throws Exception {
        HttpResponse<String> page = get(path);

        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.body()).startsWith("<!doctype html>");
        assertThat(page.headers().firstValue("Content-Type")).contains("text/html; charset=utf-8");
        assertThat(page.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
        assertThat(page.headers().firstValue("Content-Security-Policy")).get().asString()
                .contains("default-src 'self'", "frame-ancestors 'none'").doesNotContain("unsafe");
    }

    @Test
    void page_knownByItsTag_isNotSentAgain() throws Exception {
        String tag = get("/console").headers().firstValue("ETag").orElseThrow();

        HttpResponse<String> again = get("/console", "If-None-Match", tag);
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
        assertThat(again.headers().firstValue("ETag")).contains(tag);
        assertThat(again.headers().firstValue("Content-Length")).isEmpty();
        assertThat(get("/console", "If-None-Match", "\"another\"").statusCode()).isEqualTo(200);
    }

    @Test
    void page_head_hasTheLengthAndNoBody() throws Exception {
        HttpResponse<String> head = send(request("/console").method("HEAD", HttpRequest.BodyPublishers.noBody()));

        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(head.headers().firstValueAsLong("Content-Length")).hasValue(get("/console").body().length());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/console", "/console/static/index.html", "/console/api/overview", VERSION})
    void post_whatIsOnlyRead_isNoMethod(String path) throws Exception {
        HttpResponse<String> answer = send(request(path).POST(HttpRequest.BodyPublishers.ofString("x")));

        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.body()).contains("Method Not Allowed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/console/static/", "/console/static/../console/index.html",
            "/console/static/%2e%2e/index.html",
            "/console/static/no.html", "/console/static/ConsoleHandler.class", "/console/static/package-info.java",
            "/console/nothing", "/console/api", "/console/api/models/echo", "/console/api/models/echo/versions/1/x",
            "/consoles"})
    void get_addressOfNothing_isNotFound(String path) throws Exception {
        assertThat(get(path).statusCode()).isEqualTo(404);
    }

    @Test
    void root_browser_isLedToTheConsole() throws Exception {
        HttpResponse<String> answer = get("/", "Accept", "text/html,application/xhtml+xml;q=0.9");

        assertThat(answer.statusCode()).isEqualTo(302);
        assertThat(answer.headers().firstValue("Location")).contains("/console");
    }

    @Test
    void root_anyOtherClient_isNotFound() throws Exception {
        assertThat(get("/").statusCode()).isEqualTo(404);
        assertThat(get("/", "Accept", "*/*").statusCode()).isEqualTo(404);
        assertThat(send(request("/").header("Accept", "text/html").POST(HttpRequest.BodyPublishers.noBody()))
                .statusCode()).isEqualTo(404);
    }

    @Test
    void disabled_everyAddress_isAsUnknownAsAnyOther() throws Exception {
        restart(config().withConsole(new ConsoleConfig(false)));
        String unknown = get("/nothing").body();

        for (String path : new String[]{"/console", "/console/static/index.html", "/console/api/overview", VERSION}) {
            assertThat(get(path).statusCode()).as(path).isEqualTo(404);
            assertThat(get(path).body()).as(path).isEqualTo(unknown);
        }
        assertThat(get("/", "Accept", "text/html").statusCode()).isEqualTo(404);
        assertThat(infer().statusCode()).isEqualTo(200);
    }

    @Test
    void overview_oneRequest_isCounted() throws Exception {
        infer();
        JsonNode overview = json("/console/api/overview");

        JsonNode echo = model(overview, "echo");
        assertThat(echo.get("state").asText()).isEqualTo("READY");
        assertThat(echo.get("version").asText()).isEqualTo("1");
        assertThat(echo.get("requests").asLong()).isEqualTo(1);
        assertThat(echo.get("failures").asLong()).isZero();
        assertThat(echo.get("queue_length").asLong()).isZero();
        assertThat(echo.get("backend").asText()).isEqualTo("identity");
        assertThat(model(overview, "<b>x").get("requests").asLong()).as("a name is a name").isZero();
        assertThat(overview.get("server").get("mode").asText()).isEqualTo("none");
        assertThat(overview.get("server").get("can_control").asBoolean()).isFalse();
        assertThat(overview.get("server").get("ready").asBoolean()).isTrue();
        assertThat(overview.get("ledger").get("limit_bytes").asLong()).isPositive();
        assertThat(overview.get("process").get("heap_bytes").asLong()).isPositive();
        assertThat(overview.get("gpus").isArray()).isTrue();
    }

    @Test
    void overview_requestsThatWereRefused_areCountedByReason() throws Exception {
        send(request("/v2/models/nobody/infer").POST(HttpRequest.BodyPublishers.ofString(REQUEST)));
        send(request("/v2/models/echo/infer").POST(HttpRequest.BodyPublishers.ofString("{")));

        JsonNode refused = json("/console/api/overview").get("refused");
        assertThat(refused.get("unknown_model").asLong()).isEqualTo(1);
        assertThat(refused.get("malformed").asLong()).isEqualTo(1);
        assertThat(json(VERSION).get("refused").get("malformed").asLong()).isEqualTo(1);
    }

    @Test
    void answers_ofTheInterface_areKeptByNobody() throws Exception {
        HttpResponse<String> answer = get("/console/api/overview");

        assertThat(answer.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
    }

    @Test
    void version_requestsWhileSomebodyLooks_haveTimesAndSizes() throws Exception {
        assertThat(json(VERSION).get("queue_time").get("count").asLong()).isZero();
        infer();
        JsonNode version = json(VERSION);

        assertThat(version.get("requests").asLong()).isEqualTo(1);
        assertThat(version.get("inferences").asLong()).isEqualTo(2);
        assertThat(version.get("executions").asLong()).isEqualTo(1);
        assertThat(version.get("batch_sizes").get("2").asLong()).isEqualTo(1);
        assertThat(version.get("batch_closed").get("instance_idle").asLong()).isEqualTo(1);
        assertThat(version.get("queue_time").get("count").asLong()).isEqualTo(1);
        assertThat(version.get("compute_time").get("p99_ns").asLong()).isPositive();
        assertThat(version.get("instances")).hasSize(1);
        assertThat(version.get("instances").get(0).get("device").asText()).isEqualTo("cpu");
        assertThat(version.get("instances").get(0).get("busy_ns").asLong()).isPositive();
    }

    @Test
    void version_nobodyKnows_isNotFound() throws Exception {
        HttpResponse<String> answer = get("/console/api/models/echo/versions/99999999999999999999");

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.body()).contains("there is no version '99999999999999999999' of a model 'echo'");
        assertThat(get("/console/api/models/nobody/versions/1/slowest").statusCode()).isEqualTo(404);
    }

    @Test
    void slowest_requestsWhileSomebodyLooks_areThereStepByStep() throws Exception {
        assertThat(json(VERSION + "/slowest").get("requests")).isEmpty();
        infer();
        JsonNode slowest = untilOne(VERSION + "/slowest");

        JsonNode request = slowest.get("requests").get(0);
        assertThat(request.get("id").asText()).isEqualTo("mine");
        assertThat(request.get("outcome").asText()).isEqualTo("ok");
        assertThat(request.get("batch_size").asInt()).isEqualTo(2);
        assertThat(request.get("total_ns").asLong()).isPositive();
        assertThat(request.get("started_ago_ns").asLong()).isGreaterThanOrEqualTo(request.get("total_ns").asLong());
        assertThat(request.get("steps").findValuesAsText("name")).contains("read", "queue", "respond");
        assertThat(slowest.get("window_seconds").asInt()).isEqualTo(600);
    }

    /** The answer has gone before the request is over. */
    private JsonNode untilOne(String path) throws Exception {
        Await.until(() -> !json(path).get("requests").isEmpty());
        return json(path);
    }

    @Test
    void slowest_nobodyLooks_nothingIsObserved() throws Exception {
        infer();
        assertThat(json(VERSION + "/slowest").get("requests")).isEmpty();
    }

    @Test
    void simulation_measuredRequests_bothAreSimulated() throws Exception {
        json(VERSION);
        infer();
        infer();
        JsonNode simulated = json(VERSION + "/simulation?max_queue_delay_microseconds=10000000&preferred_batch_size=4");

        assertThat(simulated.get("measured").get("service_time_ns_by_batch").get("2").asLong()).isPositive();
        assertThat(simulated.get("measured").get("arrivals_per_second").asDouble()).isPositive();
        assertThat(simulated.get("current").get("batch_sizes").get("2").asLong()).isEqualTo(2);
        assertThat(simulated.get("proposed").get("batch_sizes").get("4").asLong()).isEqualTo(1);
        assertThat(simulated.get("proposed").get("mean_batch").asDouble()).isEqualTo(4);
        assertThat(simulated.get("proposed").get("queue_p99_ns").asLong()).isPositive();
        assertThat(simulated.get("proposed").get("rejected").asLong()).isZero();
        assertThat(json(VERSION + "/simulation").get("proposed")).as("nothing is proposed")
                .isEqualTo(json(VERSION + "/simulation").get("current"));
    }

    @Test
    void simulation_whatCannotBe_saysWhy() throws Exception {
        assertConflict(VERSION + "/simulation", "nothing was measured yet");
        assertConflict("/console/api/models/plain/versions/1/simulation", "does not batch (max_batch_size: 0)");
        HttpResponse<String> nonsense = get(VERSION + "/simulation?preferred_batch_size=9");
        assertThat(nonsense.statusCode()).isEqualTo(400);
        assertThat(nonsense.body()).contains("got '9' (expected a whole number from 1 to 8)");
    }

    private void assertConflict(String path, String said) throws Exception {
        HttpResponse<String> answer = get(path);
        assertThat(answer.statusCode()).isEqualTo(409);
        assertThat(answer.body()).contains(said);
    }

    @Test
    void description_ofAVersion_saysWhatWasFilledIn() throws Exception {
        JsonNode description = json(VERSION + "/description");

        assertThat(description.get("metadata").get("name").asText()).isEqualTo("echo");
        assertThat(description.get("metadata").get("inputs").get(0).get("shape").toString()).isEqualTo("[-1,1]");
        assertThat(description.get("config").get("max_batch_size").asInt()).isEqualTo(8);
        List<String> filledIn = new ObjectMapper().convertValue(description.get("filled_in"),
                new TypeReference<List<String>>() {
                });
        assertThat(filledIn).contains("name", "instance_group", "version_policy").doesNotContain("input",
                "max_batch_size", "dynamic_batching");
        String url = "http://127.0.0.1:" + server.httpPort() + "/v2/models/echo/versions/1/infer";
        assertThat(description.get("calls").get("curl").asText()).contains("'" + url + "'", "\"shape\":[1,1]");
        assertThat(description.get("calls").get("java").asText()).contains("\"" + url + "\"");
        assertThat(description.get("calls").get("python").asText()).contains("httpclient.InferenceServerClient(");
        assertThat(description.get("calls").has("grpc")).as("gRPC is off").isFalse();
    }

    @Test
    void description_configurationIsRestricted_isRestrictedToo() throws Exception {
        Restrictions restrictions = new Restrictions(
                Map.of(ApiCategory.MODEL_CONFIG, new Restrictions.Requirement("key", "secret")));
        restart(config().withHttp(config().http().withRestrictions(restrictions)));

        assertThat(get(VERSION).statusCode()).isEqualTo(200);
        assertThat(get(VERSION + "/description").statusCode()).isEqualTo(403);
        assertThat(get(VERSION + "/description", "key", "secret").statusCode()).isEqualTo(200);
    }

    @Test
    void restricted_statistics_theInterfaceIsRestrictedToo() throws Exception {
        Restrictions restrictions = new Restrictions(
                Map.of(ApiCategory.STATISTICS, new Restrictions.Requirement("key", "secret")));
        restart(config().withHttp(config().http().withRestrictions(restrictions)));

        for (String path : new String[]{"/console/api/overview", VERSION, VERSION + "/slowest"}) {
            HttpResponse<String> refused = get(path);
            assertThat(refused.statusCode()).as(path).isEqualTo(403);
            assertThat(refused.body()).contains("This API is restricted, expecting header 'key'");
            assertThat(get(path, "key", "secret").statusCode()).as(path).isEqualTo(200);
        }
        assertThat(get("/console").statusCode()).as("a page has no secrets").isEqualTo(200);
    }

    private static JsonNode model(JsonNode overview, String name) {
        for (JsonNode model : overview.get("models")) {
            if (model.get("name").asText().equals(name)) {
                return model;
            }
        }
        throw new AssertionError("no model " + name + " in " + overview);
    }

    private HttpResponse<String> infer() throws Exception {
        HttpResponse<String> answer = send(
                request("/v2/models/echo/infer").POST(HttpRequest.BodyPublishers.ofString(REQUEST)));
        assertThat(answer.statusCode()).isEqualTo(200);
        return answer;
    }

    private JsonNode json(String path) throws Exception {
        HttpResponse<String> answer = get(path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new ObjectMapper().readTree(answer.body());
    }

    private HttpResponse<String> get(String path, String... headers) throws Exception {
        HttpRequest.Builder request = request(path);
        return send(headers.length == 0 ? request : request.headers(headers));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.httpPort() + path));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
