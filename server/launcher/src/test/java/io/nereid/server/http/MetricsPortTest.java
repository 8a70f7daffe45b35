package io.nereid.server.http;

import io.nereid.server.DecoupledModels;
import io.nereid.server.ModelServer;
import io.nereid.server.ServerConfig;
import io.nereid.server.StartException;
import io.nereid.server.http.connection.RawClient;
import io.nereid.server.metrics.MetricsConfig;
import io.nereid.server.model.config.LatencySettings;
import io.nereid.server.model.control.TestRepository;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class MetricsPortTest {
    private static final MetricsConfig METRICS = MetricsConfig.DEFAULT.withAddress("127.0.0.1").withPort(0);
    @TempDir
    private Path folder;
    private TestRepository repository;

    @BeforeEach
    void createRepository() {
        repository = new TestRepository(folder).withIdentity("m", "TYPE_UINT8", "-1",
                "metric_tags { key: \"team\" value: \"a\\\"b\" }");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/metrics", "/metrics/", "/metrics?name=x"})
    void get_metrics_isPrometheusText(String path) throws Exception {
        try (InferenceServer server = start(METRICS)) {
            RawClient.Reply reply = ask(server, "GET " + path);
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.header("content-type")).isEqualTo("text/plain; charset=utf-8");
            assertThat(reply.text()).startsWith("# HELP nv_inference_request_success ").endsWith("\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/metric", "/metrics/x", "/v2/health/ready"})
    void get_anyOtherPath_isEmpty(String path) throws Exception {
        try (InferenceServer server = start(METRICS)) {
            RawClient.Reply reply = ask(server, "GET " + path);
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.text()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST /metrics", "DELETE /metrics", "PUT /"})
    void otherMethod_anyPath_isNotAllowed(String request) throws Exception {
        try (InferenceServer server = start(METRICS)) {
            assertThat(ask(server, request).status()).isEqualTo(405);
        }
    }

    @Test
    void get_afterRequests_hasCountedThem() throws Exception {
        try (InferenceServer server = start(METRICS); RawClient client = server.connect()) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.send(InferenceServer.small("m")).read().status()).isEqualTo(200);
            }
            String text = ask(server, "GET /metrics").text();
            String labels = "{_team=\"a\\\"b\",model=\"m\",version=\"1\"}";
            assertThat(text.lines()).contains("nv_inference_request_success" + labels + " 3",
                    "nv_inference_count" + labels + " 3", "nv_inference_exec_count" + labels + " 3",
                    "nv_inference_pending_request_count" + labels + " 0",
                    "nereid_inference_request_duration_seconds_count" + labels + " 3",
                    "nereid_inference_batch_size_sum" + labels + " 3",
                    "nereid_inference_inflight_requests" + labels + " 0",
                    "nereid_estimated_wait_seconds" + labels + " 0",
                    "nv_inference_request_failure{_team=\"a\\\"b\",model=\"m\",reason=\"REJECTED\",version=\"1\"} 0",
                    "nereid_inference_batches_total{_team=\"a\\\"b\",model=\"m\",reason=\"full\",version=\"1\"} 3",
                    "nereid_server_ready 1");
            assertThat(text).containsPattern("nv_model_load_duration_secs\\{.*} \\d+\\.\\d+\n")
                    .containsPattern("nereid_instance_busy_seconds_total\\{.*instance_name=\"m_0\".*} \\d+\\.\\d+\n")
                    .doesNotContain("_summary_us", "_histogram_ms", "reason=\"queue_full\"", "reason=\"delay\"");
        }
    }

    @Test
    void get_duringRequests_answersEachTimeWithWholeText() throws Exception {
        try (InferenceServer server = start(METRICS);
                RawClient client = server.connect();
                RawClient metrics = new RawClient(server.server.metricsPort())) {
            for (int i = 0; i < 50; i++) {
                client.send(InferenceServer.small("m"));
                assertThat(metrics.send("GET /metrics HTTP/1.1\r\n\r\n").read().text())
                        .contains("nereid_process_uptime_seconds ");
                assertThat(client.read().status()).isEqualTo(200);
            }
        }
    }

    @Test
    void get_byAClientThatSendsNoMore_isAnswered() throws Exception {
        try (InferenceServer server = start(METRICS)) {
            for (int i = 0; i < 20; i++) {
                try (RawClient client = new RawClient(server.server.metricsPort())) {
                    client.send("GET /metrics HTTP/1.1\r\n\r\n").shutdownOutput();
                    assertThat(client.read().text()).contains("nereid_server_ready 1");
                }
            }
        }
    }

    @Test
    void latencies_asked_areTold() throws Exception {
        repository.withModel("stream", DecoupledModels.REPEAT);
        LatencySettings latencies = new LatencySettings(false, true, true, true, List.of(0.5, 0.99));
        try (InferenceServer server = start(METRICS.withLatencies(latencies)); RawClient client = server.connect()) {
            assertThat(client.send(InferenceServer.small("m")).read().status()).isEqualTo(200);
            String text = ask(server, "GET /metrics").text();
            assertThat(text).doesNotContain("_duration_us")
                    .containsPattern("nv_inference_request_summary_us\\{.*,quantile=\"0.99\"} \\d+")
                    .contains("nv_inference_queue_summary_us_count{_team=\"a\\\"b\",model=\"m\",version=\"1\"} 1\n",
                            "nv_inference_request_success{_team=\"a\\\"b\",model=\"m\",version=\"1\"} 1\n",
                            "nv_inference_first_response_histogram_ms_bucket{model=\"stream\",version=\"1\",le=\"100\"} 0\n",
                            "nv_inference_first_response_histogram_ms_count{_team=\"a\\\"b\",model=\"m\",version=\"1\"} 1\n");
        }
    }

    /** Most of a thousand models have done nothing: each of their samples is paid for at every scrape, and stored. */
    @Test
    void get_idleModel_hasTritonsCountersAndOurGaugesOnly() throws Exception {
        try (InferenceServer server = start(METRICS)) {
            List<String> names = ask(server, "GET /metrics").text().lines().filter(line -> line.contains("{_team"))
                    .map(line -> line.substring(0, line.indexOf('{'))).distinct().toList();
            assertThat(names.stream().filter(name -> name.startsWith("nereid_"))).containsExactlyInAnyOrder(
                    "nereid_inference_oldest_request_age_seconds", "nereid_estimated_wait_seconds",
                    "nereid_inference_inflight_requests", "nereid_inference_inflight_bytes");
            assertThat(names.stream().filter(name -> name.startsWith("nv_"))).hasSize(11);
        }
    }

    @Test
    void ownHistograms_off_areNotTold() throws Exception {
        LatencySettings latencies = new LatencySettings(true, false, false, false, List.of());
        try (InferenceServer server = start(METRICS.withLatencies(latencies)); RawClient client = server.connect()) {
            assertThat(client.send(InferenceServer.small("m")).read().status()).isEqualTo(200);
            assertThat(ask(server, "GET /metrics").text()).contains("nereid_instance_busy_seconds_total{")
                    .doesNotContain("histogram", "_bucket");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"gzip | gzip", "deflate;q=0.5, gzip | gzip",
            "gzip;q=0.2, deflate;q=0.9 | deflate",
            "gzip;q=0 | none", "identity, gzip;q=0.5 | none", "br | none"})
    void get_acceptedCoding_isTheOneOfTheHighestWeight(String accepted, String coding) throws Exception {
        try (InferenceServer server = start(METRICS);
                RawClient metrics = new RawClient(server.server.metricsPort())) {
            RawClient.Reply reply = metrics.send("GET /metrics HTTP/1.1\r\nAccept-Encoding: " + accepted + "\r\n\r\n")
                    .read();
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.header("content-encoding")).isEqualTo(coding.equals("none") ? "(none)" : coding);
            InputStream body = new ByteArrayInputStream(reply.body());
            InputStream plain = switch (coding) {
                case "gzip" -> new GZIPInputStream(body);
                case "deflate" -> new InflaterInputStream(body);
                default -> body;
            };
            assertThat(new String(plain.readAllBytes(), StandardCharsets.UTF_8)).contains("\nnereid_server_ready 1\n");
        }
    }

    @Test
    void buckets_ofTheConfiguration_replaceTheUsualOnes() throws Exception {
        repository.withIdentity("own", "TYPE_UINT8", "-1", """
                model_metrics {
                  metric_control {
                    metric_identifier { family: "nereid_inference_queue_duration_seconds" }
                    histogram_options { buckets: [ 0.25, 1.5 ] }
                  }
                }
                """);
        try (InferenceServer server = start(METRICS); RawClient client = server.connect()) {
            assertThat(client.send(InferenceServer.small("own")).read().status()).isEqualTo(200);
            assertThat(ask(server, "GET /metrics").text().lines()
                    .filter(line -> line.startsWith("nereid_inference_queue_duration_seconds_bucket{model=\"own\"")))
                    .extracting(line -> line.replaceAll(".*le=\"(.*)\".*", "$1"))
                    .containsExactly("0.25", "1.5", "+Inf");
        }
    }

    @Test
    void buckets_thatDoNotAscend_keepTheModelFromLoading() {
        repository.withIdentity("own", "TYPE_UINT8", "-1", """
                model_metrics {
                  metric_control {
                    metric_identifier { family: "nereid_inference_batch_size" }
                    histogram_options { buckets: [ 2, 1 ] }
                  }
                }
                """);
        assertThatExceptionOfType(StartException.class).isThrownBy(() -> start(METRICS).close());
    }

    @Test
    void start_portInUse_namesTheFlag() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatExceptionOfType(StartException.class)
                    .isThrownBy(() -> start(METRICS.withPort(taken.getLocalPort())).close())
                    .withMessageContaining("failed to start Metrics service: Unavailable - Socket '127.0.0.1:"
                            + taken.getLocalPort() + "' already in use")
                    .withMessageContaining("choose another --metrics-port or --metrics-address");
        }
    }

    @Test
    void metrics_withoutAPort_canBeAskedByTheProgram() throws Exception {
        try (InferenceServer server = start(MetricsConfig.OFF)) {
            ModelServer program = server.server;
            assertThat(program.metrics())
                    .contains("nv_inference_count{_team=\"a\\\"b\",model=\"m\",version=\"1\"} 0\n");
            assertThatExceptionOfType(IllegalStateException.class).isThrownBy(program::metricsPort);
        }
    }

    private InferenceServer start(MetricsConfig metrics) throws Exception {
        return new InferenceServer(ServerConfig.of(repository.root()).withMetrics(metrics));
    }

    private static RawClient.Reply ask(InferenceServer server, String request) throws IOException {
        try (RawClient client = new RawClient(server.server.metricsPort())) {
            return client.send(request + " HTTP/1.1\r\nContent-Length: 0\r\n\r\n").read();
        }
    }
}
