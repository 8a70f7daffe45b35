package io.nereid.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.nereid.server.AdmissionLimits;
import io.nereid.server.TestRepository;
import io.nereid.server.http.connection.RawClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

/** Inference for clients that go away. */
@Timeout(60)
class ClientGoneTest {
    @TempDir
    private Path directory;

    private InferenceServer slowServer() throws Exception {
        TestRepository repository = new TestRepository(directory).withIdentity("slow", "TYPE_UINT8", "-1", """
                instance_group { count: 1 kind: KIND_CPU }
                parameters { key: "execute_delay_ms" value { string_value: "2000" } }
                """);
        return new InferenceServer(repository, AdmissionLimits.DEFAULT);
    }

    @Test
    void client_goesWhileItsRequestIsQueued_theRequestIsNotRun() throws Exception {
        try (InferenceServer server = slowServer(); RawClient first = server.connect()) {
            first.send(InferenceServer.small("slow"));
            InferenceServer.await(() -> server.server.admission().requests() == 1);
            RawClient gone = server.connect().send(InferenceServer.small("slow"));
            InferenceServer.await(() -> pending(server) == 1);
            gone.reset();
            InferenceServer.await(() -> server.server.admission().requests() == 1);
            assertThat(pending(server)).isZero();
            assertThat(first.read().status()).isEqualTo(200);
            server.awaitNothingInFlight();
            JsonNode statistics = server.explained("slow");
            assertThat(statistics.get("execution_count").asInt()).isEqualTo(1);
            assertThat(statistics.get("explain").get("rejected").get("cancelled").asInt()).isEqualTo(1);
        }
    }

    @Test
    void client_goesWhileItsRequestRuns_nothingOfItIsLeft() throws Exception {
        try (InferenceServer server = slowServer()) {
            RawClient gone = server.connect().send(InferenceServer.small("slow"));
            InferenceServer.await(() -> server.server.admission().requests() == 1);
            gone.reset();
            server.awaitNothingInFlight();
            InferenceServer.await(() -> server.server.memory().bytesInUse() == 0);
        }
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
