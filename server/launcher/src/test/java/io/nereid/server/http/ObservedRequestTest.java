package io.nereid.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nereid.server.ServerConfig;
import io.nereid.server.http.connection.RawClient;
import io.nereid.server.logging.LoggingConfig;
import io.nereid.server.model.control.TestRepository;
import io.nereid.server.tracing.OpenTelemetryConfig;
import io.nereid.server.tracing.TraceLevel;
import io.nereid.server.tracing.TraceSettings;
import io.nereid.server.tracing.TracingConfig;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

/** The access log and traces of a server that is asked by HTTP, and the endpoints of their settings. */
class ObservedRequestTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;
    private ServerConfig config = ServerConfig.of(Path.of("."));

    @BeforeEach
    void server() throws Exception {
        Path models = Files.createDirectory(folder.resolve("models"));
        new TestRepository(models).withIdentity("m", "TYPE_UINT8", "-1", "");
        config = ServerConfig.of(models)
                .withLogging(LoggingConfig.DEFAULT.withAccessLog(Optional.of(folder.resolve("access").toString())))
                .withTracing(new TracingConfig(TracingConfig.Mode.TRITON,
                        new TraceSettings(Set.of(TraceLevel.TIMESTAMPS, TraceLevel.TENSORS), 2, -1, 0),
                        folder.resolve("traces").toString(), OpenTelemetryConfig.DEFAULT));
    }

    @Test
    void requests_goodAndBad_haveALineEach() throws Exception {
        try (InferenceServer server = new InferenceServer(config)) {
            send(server, InferenceServer.small("m"));
            send(server, InferenceServer.small("unknown"));
            send(server, InferenceServer.post("m/infer", "", 2) + "{}");
            send(server, InferenceServer.post("m/infer", "", 2) + "xx");
        }
        List<JsonNode> lines = lines();
        assertThat(lines).hasSize(4).allMatch(line -> line.get("protocol").asText().equals("http")
                && line.get("client").asText().startsWith("127.0.0.1:") && line.get("total_us").asLong() > 0);
        assertThat(lines.stream().map(line -> line.get("status").asText()))
                .containsExactly("ok", "not_found", "internal", "internal");
        assertThat(lines.stream().map(line -> line.get("http_status").asInt())).containsExactly(200, 404, 500, 500);
        JsonNode good = lines.getFirst();
        assertThat(good.get("model").asText()).isEqualTo("m");
        assertThat(good.get("batch_size").asInt()).isEqualTo(1);
        assertThat(good.get("responses").asInt()).isEqualTo(1);
        assertThat(good.get("queue_us").isNumber()).isTrue();
        assertThat(good.get("bytes_in").asLong()).isGreaterThan(50);
        assertThat(good.get("bytes_out").asLong()).isGreaterThan(50);
        assertThat(lines.get(2).get("queue_us").isNull()).isTrue();
    }

    @Test
    void request_thatDoesNotFitItsModel_keepsItsId() throws Exception {
        try (InferenceServer server = new InferenceServer(config)) {
            for (String input : List.of("OTHER", "IN")) {
                String json = "{\"id\":\"mine\",\"inputs\":[{\"name\":\"" + input
                        + "\",\"datatype\":\"INT8\",\"shape\":[1,1],\"data\":[7]}]}";
                send(server, InferenceServer.post("m/infer", "", json.length()) + json);
            }
        }
        assertThat(lines()).hasSize(2).allMatch(line -> line.get("id").asText().equals("mine")
                && line.get("status").asText().equals("invalid_arg"));
    }

    @Test
    void trace_everySecondRequest_hasAllTimesInOrder() throws Exception {
        try (InferenceServer server = new InferenceServer(config)) {
            for (int i = 0; i < 5; i++) {
                send(server, InferenceServer.small("m"));
            }
        }
        JsonNode trace = JSON.readTree(Files.readString(folder.resolve("traces")));
        List<String> names = new ArrayList<>();
        List<Long> times = new ArrayList<>();
        List<String> activities = new ArrayList<>();
        for (JsonNode object : trace) {
            if (object.get("id").asLong() == 1 && object.has("timestamps")) {
                names.add(object.get("timestamps").get(0).get("name").asText());
                times.add(object.get("timestamps").get(0).get("ns").asLong());
            } else if (object.get("id").asLong() == 1 && object.has("activity")) {
                activities.add(object.get("activity").asText() + "=" + object.get("tensor").get("data").asText());
            }
        }
        assertThat(trace.findValues("model_name")).hasSize(2);
        assertThat(times).isSorted();
        assertThat(names).containsExactlyInAnyOrder("HTTP_RECV_START", "HTTP_RECV_END", "REQUEST_START", "QUEUE_START",
                "COMPUTE_START", "COMPUTE_INPUT_END", "COMPUTE_OUTPUT_START", "COMPUTE_END", "INFER_RESPONSE_COMPLETE",
                "REQUEST_END", "HTTP_SEND_START", "HTTP_SEND_END");
        assertThat(names).startsWith("HTTP_RECV_START", "HTTP_RECV_END", "REQUEST_START", "QUEUE_START",
                "COMPUTE_START").endsWith("HTTP_SEND_START", "HTTP_SEND_END");
        assertThat(activities).containsExactly("TENSOR_QUEUE_INPUT=7", "TENSOR_BACKEND_INPUT=7",
                "TENSOR_BACKEND_OUTPUT=7");
    }

    @Test
    void traceSetting_changed_holdsAndIsShown() throws Exception {
        try (InferenceServer server = new InferenceServer(config)) {
            RawClient.Reply changed = post(server, "/v2/models/m/trace/setting",
                    "{\"trace_level\":[\"OFF\"],\"trace_rate\":\"9\",\"log_frequency\":null,\"other\":[1]}");
            assertThat(changed.text())
                    .isEqualTo("{\"trace_level\":[\"OFF\"],\"trace_rate\":\"9\",\"trace_count\":\"-1\","
                            + "\"log_frequency\":\"0\",\"trace_file\":\"" + folder.resolve("traces")
                            + "\",\"trace_mode\":\"triton\"}");
            assertThat(server.get("/v2/models/m/trace/setting").text()).isEqualTo(changed.text());
            assertThat(server.get("/v2/trace/setting").text()).contains("\"trace_rate\":\"2\"");
            send(server, InferenceServer.small("m"));
            send(server, InferenceServer.small("m"));
        }
        assertThat(folder.resolve("traces")).doesNotExist();
    }

    @Test
    void traceSetting_wrong_hasTritonsStatus() throws Exception {
        try (InferenceServer server = new InferenceServer(config)) {
            String setting = "/v2/trace/setting";
            assertThat(post(server, setting, "").status()).isEqualTo(500);
            assertThat(post(server, setting, "[]").status()).isEqualTo(500);
            assertThat(post(server, setting, "{\"trace_rate\":1}").status()).isEqualTo(500);
            assertThat(post(server, setting, "{\"trace_rate\":\"x\"}").status()).isEqualTo(400);
            assertThat(post(server, setting, "{\"trace_count\":\"-2\"}").status()).isEqualTo(400);
            assertThat(post(server, setting, "{\"trace_level\":[\"OFF\",\"TENSORS\"]}").status()).isEqualTo(400);
            assertThat(post(server, setting, "{\"trace_file\":\"x\"}").status()).isEqualTo(501);
            assertThat(post(server, "/v2/models/no/trace/setting", "{}").status()).isEqualTo(400);
            assertThat(server.get("/v2/models/no/trace/setting").status()).isEqualTo(400);
            assertThat(server.get("/v2/models/no/trace/setting").text())
                    .isEqualTo("{\"error\":\"Request for unknown model : no\"}");
            assertThat(server.get(setting).text()).contains("\"trace_rate\":\"2\"", "\"trace_count\":\"-1\"");
        }
    }

    @Test
    void logging_changed_holdsUntilItIsChangedBack() throws Exception {
        String before = "{\"log_file\":\"\",\"log_info\":true,\"log_warning\":true,\"log_error\":true,"
                + "\"log_verbose_level\":0,\"log_format\":\"default\"}";
        try (InferenceServer server = new InferenceServer(config)) {
            post(server, "/v2/logging", before.replace("\"log_file\":\"\",", ""));
            assertThat(server.get("/v2/logging").text()).isEqualTo(before);
            assertThat(post(server, "/v2/logging", "{\"log_info\":false,\"log_file\":null,\"log_verbose_level\":1,"
                    + "\"log_format\":\"ISO8601\"}").text())
                    .isEqualTo(before.replace("info\":true", "info\":false").replace(":0,", ":1,").replace("default",
                            "ISO8601"));
            assertThat(post(server, "/v2/logging", "{\"log_info\":true,\"log_file\":\"x\"}").status()).isEqualTo(501);
            assertThat(post(server, "/v2/logging", "{\"log_info\":true,\"log_format\":\"x\"}").status()).isEqualTo(503);
            assertThat(post(server, "/v2/logging", "{\"log_info\":1}").status()).isEqualTo(500);
            assertThat(post(server, "/v2/logging", "{\"log_verbose_level\":-1}").status()).isEqualTo(500);
            assertThat(server.get("/v2/logging").text()).contains("\"log_info\":false");
            assertThat(post(server, "/v2/logging",
                    "{\"log_info\":true,\"log_verbose_level\":0,\"log_format\":\"default\"}").text()).isEqualTo(before);
        }
    }

    private List<JsonNode> lines() throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve("access"))) {
            lines.add(JSON.readTree(line));
        }
        return lines;
    }

    private static void send(InferenceServer server, String request) throws IOException {
        try (RawClient client = server.connect()) {
            client.send(request).read();
        }
    }

    private static RawClient.Reply post(InferenceServer server, String path, String json) throws IOException {
        try (RawClient client = server.connect()) {
            return client.send("POST " + path + " HTTP/1.1\r\nContent-Length: " + json.length() + "\r\n\r\n" + json)
                    .read();
        }
    }
}
