package io.nereid.server.http;

import io.nereid.inference.Await;
import io.nereid.server.http.connection.RawClient;
import io.nereid.server.http.connection.RawClient.Reply;
import io.nereid.server.ledger.LedgerLimits;
import io.nereid.server.model.control.TestRepository;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

/** A server that holds as much as it may: a client that does not read its long answer keeps it that way. */
@Timeout(60)
class OverloadTest {
    private static final int ELEMENTS = 6 << 20;
    /** Of the answer: three digits and a comma for each element. */
    private static final long ANSWER_BYTES = 4L * ELEMENTS;
    /** Room for one such answer and its request, and not for two; a sixteenth is for small requests. */
    private static final long LIMIT = 48 << 20;

    @TempDir
    private Path directory;
    private TestRepository repository = new TestRepository(Path.of(""));

    @BeforeEach
    void addModel() {
        repository = new TestRepository(directory).withIdentity("m", "TYPE_UINT8", "-1", "");
    }

    private InferenceServer server(int maxRequests, long maxBytes) throws Exception {
        return new InferenceServer(repository, LedgerLimits.DEFAULT.withMaxRequests(maxRequests)
                .withMaxBytes(maxBytes));
    }

    private static RawClient unreadAnswer(InferenceServer server) throws Exception {
        RawClient client = server.connect().send(InferenceServer.large("m", ELEMENTS));
        Await.until(() -> server.server.admission().bytes() >= ANSWER_BYTES);
        return client;
    }

    @Test
    void unreadAnswer_holdsHalfOfTheLimit_aLargeAnswerIsRefusedUntilItIsReadAndSmallOnesAreNot() throws Exception {
        try (InferenceServer server = server(100, LIMIT);
                RawClient slow = unreadAnswer(server);
                RawClient other = server.connect()) {
            assertThat(other.send(InferenceServer.small("m")).read().status()).isEqualTo(200);
            Reply refused = other.send(InferenceServer.large("m", ELEMENTS)).read();
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.header("retry-after")).isEqualTo("1");
            assertThat(refused.header("content-type")).isEqualTo("application/json");
            assertThat(refused.text()).startsWith("{\"error\":\"too many bytes in flight: got ")
                    .endsWith(" (expected at most 47185920); try again later, or raise --max-inflight-bytes\"}");
            assertThat(slow.read().body().length).isGreaterThan((int) ANSWER_BYTES);
            server.awaitNothingInFlight();
            assertThat(other.send(InferenceServer.large("m", ELEMENTS)).read().status()).isEqualTo(200);
        }
    }

    @Test
    void oneRequestInFlight_isAllThereMayBe_theNextIsRefusedUntilItsClientGoes() throws Exception {
        try (InferenceServer server = server(1, 1 << 30);
                RawClient slow = unreadAnswer(server);
                RawClient other = server.connect()) {
            Reply refused = other.send(InferenceServer.small("m")).read();
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.header("retry-after")).isEqualTo("1");
            assertThat(refused.text()).isEqualTo("{\"error\":\"too many requests in flight: got 2 (expected at most 1);"
                    + " try again later, or raise --max-inflight-requests\"}");
            slow.reset();
            server.awaitNothingInFlight();
            assertThat(other.send(InferenceServer.small("m")).read().status()).isEqualTo(200);
        }
    }

    @Test
    void refusedRequests_areCountedAtTheirModel() throws Exception {
        try (InferenceServer server = server(1, 1 << 30); RawClient slow = unreadAnswer(server)) {
            try (RawClient other = server.connect()) {
                other.send(InferenceServer.small("m")).read();
                other.send(InferenceServer.small("m")).read();
            }
            assertThat(server.explained("m").get("explain").get("rejected").get("overload").asInt()).isEqualTo(2);
            slow.reset();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v2", "/v2/health/live", "/v2/health/ready", "/v2/models/m", "/v2/models/m/ready",
            "/v2/models/m/config", "/v2/models/m/stats", "/v2/models/stats"})
    void fullServer_whatIsNoInference_isAnswered(String path) throws Exception {
        try (InferenceServer server = server(1, LIMIT); RawClient slow = unreadAnswer(server)) {
            assertThat(server.get(path).status()).isEqualTo(200);
            slow.reset();
        }
    }

    @Test
    void badRequests_areNotLeftInFlight() throws Exception {
        try (InferenceServer server = server(1, 1 << 20); RawClient client = server.connect()) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.send(InferenceServer.post("m/infer", "", 3) + "{x}").read().status()).isEqualTo(500);
                assertThat(client.send(InferenceServer.post("m/generate", "", 2) + "{}").read().status())
                        .isEqualTo(400);
                assertThat(client.send(InferenceServer.post("none/infer", "", 2) + "{}").read().status())
                        .isEqualTo(404);
            }
            assertThat(client.send(InferenceServer.small("m")).read().status()).isEqualTo(200);
            server.awaitNothingInFlight();
        }
    }

    @Test
    void generateStream_unread_countsUntilItsClientGoes() throws Exception {
        String json = "{\"IN\":[" + "200,".repeat(ELEMENTS - 1) + "200]}";
        try (InferenceServer server = server(100, 1 << 30);
                RawClient slow = server.connect()
                        .send(InferenceServer.post("m/generate_stream", "", json.length()) + json)) {
            Await.until(() -> server.server.admission().bytes() > json.length());
            assertThat(server.server.admission().requests()).isEqualTo(1);
            slow.reset();
            server.awaitNothingInFlight();
        }
    }
}
