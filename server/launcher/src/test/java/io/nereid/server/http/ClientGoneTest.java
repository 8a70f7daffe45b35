package io.nereid.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.nereid.inference.Await;
import io.nereid.server.http.connection.RawClient;
import io.nereid.server.ledger.LedgerLimits;
import io.nereid.server.model.control.TestRepository;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

/** Inference for clients that go away. */
@Timeout(60)
class ClientGoneTest {
    @TempDir
    private Path directory;

    private InferenceServer slowServer() throws Exception {
        TestRepository repository = new TestRepository(directory).withIdentity("slow", "TYPE_UINT8", "-1", """
                instance_group { count: 1 kind: KIND_CPU }
                parameters { key: "execute_delay_ms" value { string_value: "60000" } }
                """);
        return new InferenceServer(repository, LedgerLimits.DEFAULT);
    }

    @Test
    void client_goesWhileItsRequestIsQueued_theRequestIsNotRun() throws Exception {
        try (InferenceServer server = slowServer(); RawClient first = server.connect()) {
            first.send(InferenceServer.small("slow"));
            Await.until(() -> server.server.admission().requests() == 1);
            RawClient gone = server.connect().send(InferenceServer.small("slow"));
            Await.until(() -> pending(server) == 1);
            gone.reset();
            Await.until(() -> server.server.admission().requests() == 1);
            JsonNode explain = server.explained("slow").get("explain");
            assertThat(explain.get("pending_count").asInt()).isZero();
            assertThat(explain.get("rejected").get("cancelled").asInt()).isEqualTo(1);
            first.reset();
            server.awaitNothingInFlight();
        }
    }

    @Test
    void client_goesWhileItsRequestRuns_nothingOfItIsLeft() throws Exception {
        try (InferenceServer server = slowServer()) {
            RawClient gone = server.connect().send(InferenceServer.small("slow"));
            Await.until(() -> server.server.admission().requests() == 1);
            gone.reset();
            server.awaitNothingInFlight();
            Await.until(() -> server.server.memory().bytesInUse() == 0);
        }
    }

    @Test
    void client_sendsNoMoreWhileItsRequestRuns_itIsCancelled() throws Exception {
        try (InferenceServer server = slowServer(); RawClient client = server.connect()) {
            client.send(InferenceServer.small("slow"));
            Await.until(() -> server.server.admission().requests() == 1);
            client.shutdownOutput();
            assertThat(client.readSome()).isEqualTo(-1);
            server.awaitNothingInFlight();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /v2", "GET /v2/models/stats", "POST /v2/repository/index",
            "POST /v2/repository/models/slow/load", "POST /v2/repository/models/slow/unload", "GET /v2/logging"})
    void client_sendsNoMore_whatIsNoInferenceIsAnswered(String request) throws Exception {
        try (InferenceServer server = slowServer()) {
            for (int i = 0; i < 10; i++) {
                try (RawClient client = server.connect()) {
                    client.send(request + " HTTP/1.1\r\n\r\n").shutdownOutput();
                    assertThat(client.read().status()).isIn(200, 503);
                    assertThat(client.readSome()).isEqualTo(-1);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void clients_goAtRandomPoints_nothingOfThemIsLeft(long seed) throws Exception {
        TestRepository repository = new TestRepository(directory).withIdentity("m", "TYPE_UINT8", "-1", "");
        Random random = new Random(seed);
        LedgerLimits limits = LedgerLimits.DEFAULT.withMaxRequests(8).withMaxBytes(4 << 20);
        try (InferenceServer server = new InferenceServer(repository, limits)) {
            for (int i = 0; i < 300; i++) {
                byte[] request = randomRequest(random);
                RawClient client = server.connect();
                boolean whole = random.nextInt(3) > 0;
                client.send(Arrays.copyOf(request, whole ? request.length : random.nextInt(request.length)));
                if (whole && random.nextBoolean()) {
                    assertThat(client.read().status()).isIn(200, 400, 500, 503); // 400: never to be held
                }
                if (random.nextBoolean()) {
                    client.reset();
                } else {
                    client.close();
                }
            }
            server.awaitNothingInFlight();
            Await.until(() -> server.server.memory().bytesInUse() == 0);
        }
    }

    private static byte[] randomRequest(Random random) {
        return switch (random.nextInt(4)) {
            case 0 -> InferenceServer.small("m").getBytes(StandardCharsets.US_ASCII);
            case 1 -> (InferenceServer.post("m/infer", "", 3) + "{x}").getBytes(StandardCharsets.US_ASCII);
            case 2 -> (InferenceServer.post("m/generate_stream", "", 8) + "{\"IN\":1}")
                    .getBytes(StandardCharsets.US_ASCII);
            default -> InferenceServer.large("m", 1 + random.nextInt(1 << 20));
        };
    }

    private static int pending(InferenceServer server) {
        try {
            JsonNode explain = server.explained("slow").get("explain");
            return explain.get("pending_count").asInt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
