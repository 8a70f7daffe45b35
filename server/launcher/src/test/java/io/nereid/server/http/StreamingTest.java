package io.nereid.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.nereid.inference.Await;
import io.nereid.server.DecoupledModels;
import io.nereid.server.http.connection.RawClient;
import io.nereid.server.http.connection.RawClient.Reply;
import io.nereid.server.inference.ResponseWindow;
import io.nereid.server.ledger.LedgerLimits;
import io.nereid.server.model.control.TestRepository;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

/** Decoupled models over HTTP: any number of responses, slow clients, and clients that go. */
@Timeout(60)
class StreamingTest {
    private static final int ENDLESS = Integer.MAX_VALUE;
    /** So often nothing has moved, else it may be the machine that stood still. */
    private static final int LOOKS = 100;
    private static final String NOT_ONE = "{\"error\":\"generate expects model to produce exactly 1 response, use generate"
            + " stream for model that generates various number of responses\"}";
    /** What the window holds, and a response that is larger in JSON than it was. */
    private static final long MOST_IN_FLIGHT = ResponseWindow.BYTES + (64 << 10);

    @TempDir
    private Path directory;
    private TestRepository repository;

    @BeforeEach
    void models() {
        repository = new TestRepository(directory).withModel("repeat", DecoupledModels.REPEAT)
                .withModel("square", DecoupledModels.SQUARE).withIdentity("id", "TYPE_INT32", "-1", "");
    }

    private InferenceServer server() throws Exception {
        return new InferenceServer(repository, LedgerLimits.DEFAULT);
    }

    // generate_stream

    @Test
    void stream_severalResponses_isAnEventForEachInOrder() throws Exception {
        try (InferenceServer server = server(); RawClient client = server.connect()) {
            Reply reply = client.send(repeat("generate_stream", "7,-8,9", "0,0,0")).read();
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.header("content-type")).isEqualTo("text/event-stream; charset=utf-8");
            assertThat(reply.header("transfer-encoding")).isEqualTo("chunked");
            assertThat(reply.text()).isEqualTo("""
                    data: {"IDX":0,"OUT":7,"model_name":"repeat","model_version":"1"}

                    data: {"IDX":1,"OUT":-8,"model_name":"repeat","model_version":"1"}

                    data: {"IDX":2,"OUT":9,"model_name":"repeat","model_version":"1"}

                    """);
            // The connection goes on.
            assertThat(client.send(square("generate_stream", 1)).read().text())
                    .isEqualTo("data: {\"OUT\":1,\"model_name\":\"square\",\"model_version\":\"1\"}\n\n");
            server.awaitNothingInFlight();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -3})
    void stream_noResponse_hasNoEvent(int number) throws Exception {
        try (InferenceServer server = server(); RawClient client = server.connect()) {
            Reply reply = client.send(square("generate_stream", number)).read();
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.header("content-type")).isEqualTo("text/event-stream; charset=utf-8");
            assertThat(reply.body()).isEmpty();
            server.awaitNothingInFlight();
        }
    }

    @Test
    void stream_firstIsAnError_hasItsStatus() throws Exception {
        try (InferenceServer server = server(); RawClient client = server.connect()) {
            Reply reply = client.send(repeat("generate_stream", "7,8", "0")).read();
            assertThat(reply.status()).isEqualTo(400);
            assertThat(reply.text()).isEqualTo(
                    "data: {\"error\":\"input 'DELAY' has 1 elements (expected 2, as many as 'IN')\"}\n\n");
            server.awaitNothingInFlight();
        }
    }

    @Test
    void stream_modelThatIsNotDecoupled_isOneEvent() throws Exception {
        try (InferenceServer server = server(); RawClient client = server.connect()) {
            assertThat(client.send(post("id/generate_stream", "{\"IN\":[4,5]}")).read().text())
                    .isEqualTo("data: {\"OUT\":[4,5],\"model_name\":\"id\",\"model_version\":\"1\"}\n\n");
            server.awaitNothingInFlight();
        }
    }

    // generate and infer

    @Test
    void generate_oneResponse_isTheAnswer() throws Exception {
        try (InferenceServer server = server(); RawClient client = server.connect()) {
            Reply reply = client.send(repeat("generate", "7", "0")).read();
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.header("content-type")).isEqualTo("application/json");
            assertThat(reply.text())
                    .isEqualTo("{\"IDX\":0,\"OUT\":7,\"model_name\":\"repeat\",\"model_version\":\"1\"}");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 1_000, ENDLESS})
    void generate_noneOrSeveral_isAnError(int number) throws Exception {
        try (InferenceServer server = server(); RawClient client = server.connect()) {
            Reply reply = client.send(square("generate", number)).read();
            assertThat(reply.status()).isEqualTo(500);
            assertThat(reply.header("content-type")).isEqualTo("application/json");
            assertThat(reply.text()).isEqualTo(NOT_ONE);
            server.awaitNothingInFlight();
            Await.until(() -> server.server.memory().bytesInUse() == 0);
        }
    }

    @Test
    void infer_decoupledModel_isUnsupported() throws Exception {
        try (InferenceServer server = server(); RawClient client = server.connect()) {
            Reply reply = client.send(post("square/infer", "{\"inputs\":[]}")).read();
            assertThat(reply.status()).isEqualTo(501);
            assertThat(reply.text())
                    .isEqualTo(
                            "{\"error\":\"HTTP end point doesn't support models with decoupled transaction policy (ask by gRPC's ModelStreamInfer)\"}");
            assertThat(reply.header("accept-encoding")).isEqualTo("(none)");
            server.awaitNothingInFlight();
        }
    }

    @Test
    void statistics_countTheRequestOnceAndEachResponseAtItsPlace() throws Exception {
        try (InferenceServer server = server(); RawClient client = server.connect()) {
            client.send(square("generate_stream", 2)).read();
            client.send(square("generate_stream", 1)).read();
            Await.until(() -> executions(server, "square") == 2);
            JsonNode seen = server.explained("square");
            assertThat(seen.get("inference_count").asInt()).isEqualTo(2);
            assertThat(seen.get("execution_count").asInt()).isEqualTo(2);
            JsonNode responses = seen.get("response_stats");
            assertThat(responses.properties().stream().map(place -> place.getKey() + place.getValue().properties()
                    .stream().map(count -> " " + count.getKey() + " " + count.getValue().get("count"))
                    .collect(Collectors.joining()))).containsExactly(
                            "0 compute_infer 2 compute_output 2 success 2 fail 0 empty_response 0 cancel 0",
                            "1 compute_infer 1 compute_output 1 success 1 fail 0 empty_response 1 cancel 0",
                            "2 compute_infer 0 compute_output 0 success 0 fail 0 empty_response 1 cancel 0");
            client.send(post("id/generate", "{\"IN\":1}")).read();
            assertThat(server.explained("id").get("response_stats").isEmpty()).isTrue();
        }
    }

    // Slow clients

    @Test
    void slowClient_readsNothing_holdsABoundedAmount() throws Exception {
        try (InferenceServer server = server()) {
            RawClient slow = server.connectSlowly().send(square("generate_stream", ENDLESS));
            awaitStandstill(server);
            assertThat(server.server.admission().bytes()).isBetween(ResponseWindow.BYTES / 2, MOST_IN_FLIGHT);
            assertThat(server.server.memory().bytesInUse()).isLessThan(1 << 20);
            // Nobody else waits for it.
            try (RawClient other = server.connect()) {
                assertThat(other.send(square("generate_stream", 3)).read().text()).hasLineCount(6);
            }
            slow.reset();
            server.awaitNothingInFlight();
            Await.until(() -> server.server.memory().bytesInUse() == 0);
        }
    }

    @Test
    void slowClient_readsOn_getsEverything() throws Exception {
        int responses = 100_000;
        try (InferenceServer server = server(); RawClient slow = server.connectSlowly()) {
            slow.send(square("generate_stream", responses));
            awaitStandstill(server);
            String event = "data: {\"OUT\":100000,\"model_name\":\"square\",\"model_version\":\"1\"}\n\n";
            Reply reply = slow.read();
            assertThat(reply.body()).hasSize(responses * event.length());
            assertThat(reply.text().replace(event, "")).isEmpty();
            server.awaitNothingInFlight();
        }
    }

    // Clients that go

    @Test
    void client_goesDuringADelay_nothingOfItsStreamIsLeft() throws Exception {
        try (InferenceServer server = server()) {
            RawClient gone = server.connect().send(repeat("generate_stream", "1,2", "0,3600000"));
            assertThat(gone.readSome()).isPositive();
            gone.reset();
            server.awaitNothingInFlight();
            Await.until(() -> server.server.memory().bytesInUse() == 0);
            assertThat(server.explained("repeat").get("response_stats").get("1").get("cancel").get("count").asInt())
                    .isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void clients_goAtRandomPoints_nothingOfTheirStreamsIsLeft(long seed) throws Exception {
        Random random = new Random(seed);
        try (InferenceServer server = server()) {
            List<RawClient> open = new ArrayList<>();
            for (int i = 0; i < 150; i++) {
                RawClient client = server.connect().send(randomRequest(random));
                open.add(client);
                if (open.size() > 8) {
                    leave(open.remove(random.nextInt(open.size())), random);
                }
            }
            for (RawClient client : open) {
                leave(client, random);
            }
            server.awaitNothingInFlight();
            Await.until(() -> server.server.memory().bytesInUse() == 0);
        }
    }

    private static void leave(RawClient client, Random random) throws IOException {
        if (random.nextBoolean()) {
            client.readSome();
        }
        if (random.nextBoolean()) {
            client.reset();
        } else {
            client.close();
        }
    }

    private static String randomRequest(Random random) {
        String route = random.nextInt(4) == 0 ? "generate" : "generate_stream";
        if (random.nextInt(3) == 0) {
            return square(route, random.nextInt(6) == 0 ? ENDLESS : random.nextInt(300));
        }
        int count = 1 + random.nextInt(6);
        return repeat(route, list(count, 1_000, random), list(count, 4, random));
    }

    private static String list(int count, int bound, Random random) {
        return IntStream.range(0, count).mapToObj(_ -> Integer.toString(random.nextInt(bound)))
                .collect(Collectors.joining(","));
    }

    // The server goes

    @Test
    void stop_streamsOpen_endsThemWhenItsPatienceDoes() throws Exception {
        InferenceServer server = server();
        try (RawClient quiet = server.connect(); RawClient slow = server.connectSlowly()) {
            quiet.send(repeat("generate_stream", "1,2", "0,3600000"));
            slow.send(square("generate_stream", ENDLESS));
            assertThat(quiet.readSome()).isPositive();
            awaitStandstill(server);
            long begin = System.nanoTime();
            assertThat(server.server.stop(Duration.ofMillis(200))).isFalse();
            assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.SECONDS.toNanos(20));
            server.awaitNothingInFlight();
            Await.until(() -> server.server.memory().bytesInUse() == 0);
        }
    }

    /** Waits until the client's socket is full and the model waits for it. */
    private static void awaitStandstill(InferenceServer server) throws InterruptedException {
        Await.until(() -> server.server.admission().bytes() > ResponseWindow.BYTES / 2);
        long[] seen = {responses(server), System.nanoTime(), 0};
        Await.until(() -> {
            long now = responses(server);
            if (now != seen[0]) {
                seen[0] = now;
                seen[1] = System.nanoTime();
                seen[2] = 0;
            }
            return ++seen[2] > LOOKS && System.nanoTime() - seen[1] > TimeUnit.MILLISECONDS.toNanos(300);
        });
    }

    /** Bytes in flight move with every response that is made or sent. */
    private static long responses(InferenceServer server) {
        return server.server.admission().bytes();
    }

    /** What is recorded of a request last. */
    private static int executions(InferenceServer server, String model) {
        try {
            return server.explained(model).get("execution_count").asInt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String repeat(String route, String values, String delays) {
        return post("repeat/" + route, "{\"IN\":[" + values + "],\"DELAY\":[" + delays + "],\"WAIT\":0}");
    }

    private static String square(String route, int number) {
        return post("square/" + route, "{\"IN\":" + number + "}");
    }

    private static String post(String path, String json) {
        return InferenceServer.post(path, "", json.length()) + json;
    }
}
