package io.nereid.server.http;

import io.nereid.server.ModelServer;
import io.nereid.server.ServerConfig;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.inference.CodecThreads;
import io.nereid.server.model.control.TestRepository;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/** Requests and answers that are too long for an event loop. */
class LongRequestTest {
    private static final int ELEMENTS = 400_000;

    @TempDir
    private Path directory;

    @Test
    void executor_longWork_runsBesideTheLoop() throws Exception {
        CodecThreads threads = new CodecThreads(1);
        CompletableFuture<String> shortWork = new CompletableFuture<>();
        CompletableFuture<String> longWork = new CompletableFuture<>();
        threads.executor(100, Runnable::run).execute(() -> shortWork.complete(Thread.currentThread().getName()));
        threads.executor(10 << 20, Runnable::run).execute(() -> longWork.complete(Thread.currentThread().getName()));
        assertThat(shortWork).isCompletedWithValue(Thread.currentThread().getName());
        assertThat(longWork.get(30, TimeUnit.SECONDS)).startsWith("codec-");
    }

    @Test
    void infer_longJson_answeredAndNothingIsLeft() throws Exception {
        TestRepository repository = new TestRepository(directory).withIdentity("long", "TYPE_INT32", "-1", "");
        ServerConfig config = ServerConfig.of(repository.root())
                .withGrpc(GrpcConfig.DEFAULT.withEnabled(false))
                .withHttp(HttpConfig.DEFAULT.withAddress("127.0.0.1").withPort(0).withThreads(1));
        try (ModelServer server = ModelServer.start(config); HttpClient client = HttpClient.newHttpClient()) {
            String data = "7,".repeat(ELEMENTS - 1) + "7";
            HttpResponse<String> answer = post(client, server, body(data));
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).endsWith("\"data\":[" + data + "]}]}");
            HttpResponse<String> refused = post(client, server, body(data + ",7"));
            assertThat(refused.statusCode()).isEqualTo(500);
            assertThat(refused.body()).contains("Shape does not match true shape of 'data' field");
            assertThat(server.memory().bytesInUse()).isZero();
        }
    }

    private static HttpResponse<String> post(HttpClient client, ModelServer server, String body) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + server.httpPort() + "/v2/models/long/infer");
        return client.send(HttpRequest.newBuilder(uri).POST(BodyPublishers.ofString(body)).build(),
                BodyHandlers.ofString());
    }

    private static String body(String data) {
        return "{\"inputs\":[{\"name\":\"IN\",\"datatype\":\"INT32\",\"shape\":[1," + ELEMENTS + "],\"data\":[" + data
                + "]}]}";
    }
}
