package io.nereid.server.http;

import io.nereid.inference.Await;
import io.nereid.server.ModelServer;
import io.nereid.server.ServerConfig;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.http.connection.RawClient;
import io.nereid.server.model.control.TestRepository;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** How many connections there may be, and how they are asked to end. */
@Timeout(60)
class ConnectionsTest {
    private static final String LIVE = "GET /v2/health/live HTTP/1.1\r\n\r\n";
    private static final String READY = "GET /v2/health/ready HTTP/1.1\r\n\r\n";

    @TempDir
    private Path folder;

    private ModelServer start(HttpLimits limits) throws Exception {
        return start(limits, Duration.ZERO);
    }

    private ModelServer start(HttpLimits limits, Duration drainGrace) throws Exception {
        Path models = Files.createDirectories(folder.resolve("models"));
        new TestRepository(models).withIdentity("echo", "TYPE_UINT8", "-1", "");
        return ModelServer.start(ServerConfig.of(models).withGrpc(GrpcConfig.DEFAULT.withEnabled(false))
                .withHttp(HttpConfig.DEFAULT.withAddress("127.0.0.1").withPort(0).withLimits(limits))
                .withDrainGrace(drainGrace));
    }

    @Test
    void connection_overTheLimit_getsTheErrorWhateverItAsks() throws Exception {
        try (ModelServer server = start(HttpLimits.DEFAULT.withMaxConnections(1));
                RawClient first = new RawClient(server.httpPort())) {
            assertThat(first.send(LIVE).read().status()).isEqualTo(200);
            try (RawClient second = new RawClient(server.httpPort())) {
                RawClient.Reply refused = second.send(InferenceServer.large("echo", 1 << 20)).read();
                assertThat(refused.status()).isEqualTo(503);
                assertThat(refused.header("retry-after")).isEqualTo("1");
                assertThat(refused.header("connection")).isEqualTo("close");
                assertThat(refused.text())
                        .isEqualTo("{\"error\":\"too many connections: 1 are open (expected at most 1);"
                                + " try again later, or raise --http-max-connections\"}");
            }
            assertThat(first.send(LIVE).read().status()).isEqualTo(200);
        }
    }

    @Test
    void connection_afterOneHasEnded_isServed() throws Exception {
        try (ModelServer server = start(HttpLimits.DEFAULT.withMaxConnections(1))) {
            try (RawClient first = new RawClient(server.httpPort())) {
                assertThat(first.send(LIVE).read().status()).isEqualTo(200);
            }
            Await.until(() -> isServed(server));
        }
    }

    private static boolean isServed(ModelServer server) {
        try (RawClient client = new RawClient(server.httpPort())) {
            return client.send(LIVE).read().status() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    /** Only the first of a crowd get the error; all of them are gone when it has dispersed. */
    @Test
    void connections_aCrowdTooMany_doesNotKeepTheServerFromOthers() throws Exception {
        try (ModelServer server = start(HttpLimits.DEFAULT.withMaxConnections(1));
                RawClient first = new RawClient(server.httpPort())) {
            assertThat(first.send(LIVE).read().status()).isEqualTo(200);
            List<RawClient> crowd = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                crowd.add(new RawClient(server.httpPort()));
            }
            assertThat(first.send(LIVE).read().status()).isEqualTo(200);
            for (RawClient client : crowd) {
                client.close();
            }
        }
    }

    @Test
    void drain_beganNotStopped_isLiveAndNotReadyAndServesOnEveryConnection() throws Exception {
        try (ModelServer server = start(HttpLimits.DEFAULT); RawClient kept = new RawClient(server.httpPort())) {
            assertThat(kept.send(READY).read().status()).isEqualTo(200);
            server.beginDrain();
            RawClient.Reply answer = kept.send(InferenceServer.small("echo")).read();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.header("connection")).isEqualTo("close");
            try (RawClient late = new RawClient(server.httpPort())) {
                assertThat(late.send(READY).read().status()).isEqualTo(400);
            }
            try (RawClient late = new RawClient(server.httpPort())) {
                assertThat(late.send(LIVE).read().status()).isEqualTo(200);
            }
            try (RawClient late = new RawClient(server.httpPort())) {
                assertThat(late.send(InferenceServer.small("echo")).read().status()).isEqualTo(200);
            }
        }
    }

    @Test
    void close_withAGrace_servesUntilItIsOver() throws Exception {
        ModelServer server = start(HttpLimits.DEFAULT, Duration.ofHours(1));
        Thread closing = Thread.ofPlatform().start(server::close);
        Await.until(() -> isNotReady(server));
        assertThat(isServed(server)).isTrue();
        closing.interrupt();
        closing.join();
    }

    private static boolean isNotReady(ModelServer server) {
        try (RawClient client = new RawClient(server.httpPort())) {
            return client.send(READY).read().status() == 400;
        } catch (IOException e) {
            return false;
        }
    }

    /** A model's name is looked up, never made a path of. */
    @ParameterizedTest
    @ValueSource(strings = {"..", "../outside", "..%2Foutside", "%2e%2e", "echo/../../outside", "/etc", "echo%00",
            "echo%2F1"})
    void model_namedByAPath_isNotFound(String name) throws Exception {
        new TestRepository(folder).withIdentity("outside", "TYPE_UINT8", "-1", "");
        try (ModelServer server = start(HttpLimits.DEFAULT)) {
            for (String what : List.of("", "/config", "/ready", "/stats")) {
                try (RawClient client = new RawClient(server.httpPort())) {
                    int status = client.send("GET /v2/models/" + name + what + " HTTP/1.1\r\n\r\n").read().status();
                    assertThat(status).as(name + what).isBetween(400, 499);
                }
            }
        }
    }
}
