package io.nereid.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nereid.inference.Await;
import io.nereid.server.ModelServer;
import io.nereid.server.ServerConfig;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.http.connection.RawClient;
import io.nereid.server.ledger.LedgerLimits;
import io.nereid.server.model.control.TestRepository;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import static org.assertj.core.api.Assertions.assertThat;

/** A whole server over a repository, and the requests that the tests of this package send to it. */
final class InferenceServer implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    final ModelServer server;

    InferenceServer(TestRepository repository, LedgerLimits limits) throws Exception {
        this(ServerConfig.of(repository.root()).withAdmission(limits));
    }

    /** A server of that configuration, which speaks HTTP only, on a port of its own. */
    InferenceServer(ServerConfig config) throws Exception {
        server = ModelServer.start(config.withGrpc(GrpcConfig.DEFAULT.withEnabled(false))
                .withHttp(HttpConfig.DEFAULT.withAddress("127.0.0.1").withPort(0).withThreads(1)));
    }

    RawClient connect() throws IOException {
        return new RawClient(server.httpPort());
    }

    /** A client whose system takes little of what it does not read. */
    RawClient connectSlowly() throws IOException {
        return RawClient.ofSmallBuffer(server.httpPort(), 16 << 10);
    }

    /** A request with one UINT8 element, as JSON. */
    static String small(String model) {
        String json = "{\"inputs\":[{\"name\":\"IN\",\"datatype\":\"UINT8\",\"shape\":[1,1],\"data\":[7]}]}";
        return post(model + "/infer", "", json.length()) + json;
    }

    /** A request of that many UINT8 elements as binary data, which the model answers in JSON, four bytes for each. */
    static byte[] large(String model, int elements) {
        String json = "{\"inputs\":[{\"name\":\"IN\",\"datatype\":\"UINT8\",\"shape\":[1," + elements
                + "],\"parameters\":{\"binary_data_size\":" + elements + "}}]}";
        String length = "Inference-Header-Content-Length: " + json.length() + "\r\n";
        byte[] data = new byte[elements];
        Arrays.fill(data, (byte) 200);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes((post(model + "/infer", length, json.length() + elements) + json)
                .getBytes(StandardCharsets.US_ASCII));
        all.writeBytes(data);
        return all.toByteArray();
    }

    static String post(String path, String headers, int length) {
        return "POST /v2/models/" + path + " HTTP/1.1\r\n" + headers + "Content-Length: " + length + "\r\n\r\n";
    }

    /** The answer to a GET on a connection of its own. */
    RawClient.Reply get(String path) throws IOException {
        try (RawClient client = connect()) {
            return client.send("GET " + path + " HTTP/1.1\r\n\r\n").read();
        }
    }

    /** The statistics of a model, explained. */
    JsonNode explained(String model) throws IOException {
        return JSON.readTree(get("/v2/models/" + model + "/stats?explain=true").text()).get("model_stats").get(0);
    }

    void awaitNothingInFlight() {
        Await.until(() -> server.admission().requests() == 0);
        assertThat(server.admission().bytes()).isZero();
    }

    @Override
    public void close() {
        server.close();
        assertThat(server.admission().requests()).as("requests in flight after the end").isZero();
        assertThat(server.admission().bytes()).as("bytes in flight after the end").isZero();
        assertThat(server.memory().bytesInUse()).as("tensor memory held after the end").isZero();
    }
}
