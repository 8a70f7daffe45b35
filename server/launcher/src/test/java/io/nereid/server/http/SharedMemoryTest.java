package io.nereid.server.http;

import io.nereid.inference.Await;
import io.nereid.server.ServerConfig;
import io.nereid.server.http.connection.RawClient;
import io.nereid.server.model.control.TestRepository;
import io.nereid.server.sharedmemory.TestObject;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;

import static org.assertj.core.api.Assertions.assertThat;

/** Shared memory over HTTP: its routes, and requests whose tensors lie there. */
@Timeout(60)
class SharedMemoryTest {
    private static final int LARGE = 5 << 20;

    @TempDir
    private Path directory;
    private @Nullable InferenceServer started;

    @BeforeEach
    void start() throws Exception {
        started = start(true);
    }

    private InferenceServer start(boolean allowed) throws Exception {
        TestRepository repository = new TestRepository(directory).withIdentity("m", "TYPE_UINT8", "-1", "")
                .withIdentity("pairs", "TYPE_UINT8", "-1",
                        "dynamic_batching { preferred_batch_size: 2 max_queue_delay_microseconds: 3600000000 }");
        return new InferenceServer(ServerConfig.of(repository.root()).withAllowClientSharedMemory(allowed));
    }

    @AfterEach
    void stop() {
        server().close();
        assertThat(TestObject.openDescriptors()).as("regions open after the end").isZero();
    }

    private InferenceServer server() {
        return Objects.requireNonNull(started);
    }

    private static String post(String path, String body) {
        return "POST " + path + " HTTP/1.1\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    private RawClient.Reply send(String request) throws IOException {
        try (RawClient client = server().connect()) {
            return client.send(request).read();
        }
    }

    private void assertAnswers(String request, int status, String body) throws IOException {
        RawClient.Reply reply = send(request);
        assertThat(reply.text()).isEqualTo(body);
        assertThat(reply.status()).isEqualTo(status);
    }

    private static String register(String region, TestObject object, int offset, int byteSize) {
        return post("/v2/systemsharedmemory/region/" + region + "/register",
                "{\"key\":\"" + object.key() + "\",\"offset\":" + offset + ",\"byte_size\":" + byteSize + "}");
    }

    private static String place(String region, int offset, int byteSize) {
        return "\"parameters\":{\"shared_memory_region\":\"" + region + "\",\"shared_memory_offset\":" + offset
                + ",\"shared_memory_byte_size\":" + byteSize + "}";
    }

    private static String input(int elements, String place) {
        return "{\"name\":\"IN\",\"datatype\":\"UINT8\",\"shape\":[1," + elements + "]," + place + "}";
    }

    private static String infer(String model, String input, String outputParameters) {
        return post("/v2/models/" + model + "/infer", "{\"inputs\":[" + input + "],\"outputs\":[{\"name\":\"OUT\","
                + outputParameters + "}]}");
    }

    private static String get(String path) {
        return "GET " + path + " HTTP/1.1\r\n\r\n";
    }

    // Routes

    @Test
    void routes_registerStatusUnregister_answerAsTriton() throws IOException {
        try (TestObject object = new TestObject(16)) {
            assertAnswers(get("/v2/systemsharedmemory/status"), 200, "[]");
            assertAnswers(register("b", object, 4, 8), 200, "");
            assertAnswers(register("a%2Fx", object, 0, 16), 200, "");
            String a = "{\"name\":\"a/x\",\"key\":\"" + object.key() + "\",\"offset\":0,\"byte_size\":16}";
            String b = "{\"name\":\"b\",\"key\":\"" + object.key() + "\",\"offset\":4,\"byte_size\":8}";
            assertAnswers(get("/v2/systemsharedmemory/status"), 200, "[" + a + "," + b + "]");
            assertAnswers(get("/v2/systemsharedmemory/region/a%2Fx/status"), 200, "[" + a + "]");
            assertAnswers(get("/v2/cudasharedmemory/status"), 200, "[]");
            assertAnswers(get("/v2/cudasharedmemory/region/b/status"), 404, "{\"error\":\"The region named 'b' is"
                    + " registered as system shared memory, not CUDA shared memory\"}");
            assertAnswers(post("/v2/systemsharedmemory/region/b/unregister", ""), 200, "");
            assertAnswers(post("/v2/systemsharedmemory/region/b/unregister", ""), 200, "");
            assertAnswers(get("/v2/systemsharedmemory/region/b/status"), 404,
                    "{\"error\":\"Unable to find system shared memory region: 'b'\"}");
            assertAnswers(post("/v2/systemsharedmemory/unregister", ""), 200, "");
            assertAnswers(get("/v2/systemsharedmemory/status"), 200, "[]");
            assertThat(TestObject.openDescriptors()).isZero();
        }
    }

    @Test
    void register_replies_areJson() throws IOException {
        try (TestObject object = new TestObject(16)) {
            assertThat(send(register("r", object, 0, 16)).header("content-type")).isEqualTo("application/json");
            assertThat(send(get("/v2/systemsharedmemory/status")).header("content-type")).isEqualTo("application/json");
        }
    }

    @Test
    void register_faulty_answersAsTriton() throws IOException {
        try (TestObject object = new TestObject(16)) {
            assertAnswers(register("r", object, 0, 16), 200, "");
            assertAnswers(register("r", object, 0, 16), 400,
                    "{\"error\":\"shared memory region 'r' already in manager\"}");
            assertThat(send(register("s", object, 1, 16)).text())
                    .startsWith("{\"error\":\"failed to register shared memory region 's': invalid args");
            assertAnswers(post("/v2/systemsharedmemory/region/s/register", "{\"key\":\"none\",\"byte_size\":1}"), 500,
                    "{\"error\":\"Unable to open shared memory region: 'none' (No such file or directory)\"}");
            assertAnswers(post("/v2/systemsharedmemory/region/s/register", "{\"key\":\"x\"}"), 400,
                    "{\"error\":\"Shared memory register request has no 'byte_size' field\"}");
            assertAnswers(post("/v2/systemsharedmemory/register", "{\"key\":\"x\",\"byte_size\":1}"), 400,
                    "{\"error\":\"'region name' is necessary to register system shared memory region\"}");
            assertThat(send(post("/v2/systemsharedmemory/region/s/register", "x")).status()).isEqualTo(500);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"systemsharedmemory/status", "systemsharedmemory/region/r/status",
            "cudasharedmemory/status"})
    void status_otherMethod_isNotAllowed(String path) throws IOException {
        assertAnswers(post("/v2/" + path, ""), 405, "{\"error\":\"Method Not Allowed\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"systemsharedmemory/unregister", "systemsharedmemory/region/r/register",
            "cudasharedmemory/region/r/register", "cudasharedmemory/unregister"})
    void change_otherMethod_isNotAllowed(String path) throws IOException {
        assertAnswers(get("/v2/" + path), 405, "{\"error\":\"Method Not Allowed\"}");
    }

    @Test
    void cuda_handleOfNothing_isRefused() throws IOException {
        assertAnswers(post("/v2/cudasharedmemory/region/r/register", "{\"device_id\":0,\"byte_size\":8}"), 400,
                "{\"error\":\"Shared memory register request has no 'raw_handle' field\"}");
        RawClient.Reply reply = send(post("/v2/cudasharedmemory/region/r/register",
                "{\"raw_handle\":{\"b64\":\"" + "A".repeat(86) + "==\"},\"device_id\":0,\"byte_size\":8}"));
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.text()).startsWith("{\"error\":\"failed to register ").contains("shared memory region");
        assertAnswers(post("/v2/cudasharedmemory/unregister", ""), 200, "");
        assertAnswers(post("/v2/cudasharedmemory/region/r/unregister", ""), 200, "");
    }

    @Test
    void notAllowed_register_isUnsupportedAndSaysHow() throws Exception {
        stop();
        started = start(false);
        String text = "{\"error\":\"Client shared memory is disabled. Start the server with"
                + " '--allow-client-shm=true' to enable.\"}";
        for (String action : new String[]{"region/r/register", "region/r/unregister", "unregister"}) {
            assertAnswers(post("/v2/systemsharedmemory/" + action, "{}"), 501, text);
            assertAnswers(post("/v2/cudasharedmemory/" + action, "{}"), 501, text);
        }
        assertAnswers(get("/v2/systemsharedmemory/status"), 200, "[]");
        assertAnswers(get("/v2/cudasharedmemory/status"), 200, "[]");
        assertAnswers(infer("m", input(4, place("r", 0, 4)), place("r", 0, 4)), 404,
                "{\"error\":\"Unable to find shared memory region: 'r'\"}");
    }

    // Inference

    private static final String ANSWER = "{\"model_name\":\"%s\",\"model_version\":\"1\",\"outputs\":[{\"name\":\"OUT\","
            + "\"datatype\":\"UINT8\",\"shape\":[1,%d]}]}";

    @Test
    void infer_inputAndOutput_goThroughSharedMemory() throws IOException {
        try (TestObject object = TestObject.of(new byte[]{0, 1, 2, 3, 4, 0, 0, 0, 0, 0})) {
            send(register("r", object, 1, 9));
            RawClient.Reply reply = send(infer("m", input(4, place("r", 0, 4)), place("r", 4, 5)));
            assertThat(reply.text()).isEqualTo(ANSWER.formatted("m", 4));
            assertThat(reply.header("inference-header-content-length")).isEqualTo("(none)");
            assertThat(object.content()).containsExactly(0, 1, 2, 3, 4, 1, 2, 3, 4, 0);
        }
    }

    @Test
    void infer_inputOnly_isAnsweredInJson() throws IOException {
        try (TestObject object = TestObject.of(new byte[]{5, 6})) {
            send(register("r", object, 0, 2));
            assertThat(send(infer("m", input(2, place("r", 0, 2)), "\"parameters\":{}")).text())
                    .endsWith("\"shape\":[1,2],\"data\":[5,6]}]}");
        }
    }

    @Test
    void infer_outputOnly_isWritten() throws IOException {
        try (TestObject object = new TestObject(3)) {
            send(register("r", object, 0, 3));
            assertAnswers(infer("m", input(2, "\"data\":[7,8]"), place("r", 1, 2)), 200, ANSWER.formatted("m", 2));
            assertThat(object.content()).containsExactly(0, 7, 8);
        }
    }

    @Test
    void infer_moreThanAnEventLoopCopies_isTheSame() throws IOException {
        byte[] data = new byte[LARGE];
        Arrays.fill(data, (byte) 3);
        data[LARGE - 1] = 4;
        try (TestObject in = TestObject.of(data); TestObject out = new TestObject(LARGE)) {
            send(register("in", in, 0, LARGE));
            send(register("out", out, 0, LARGE));
            assertAnswers(infer("m", input(LARGE, place("in", 0, LARGE)), place("out", 0, LARGE)), 200,
                    ANSWER.formatted("m", LARGE));
            assertThat(out.content()).isEqualTo(data);
            in.truncate(10);
            assertThat(send(infer("m", input(LARGE, place("in", 0, LARGE)), place("out", 0, LARGE))).text())
                    .contains("shared memory region 'in' has shrunk: got 10 bytes");
            out.truncate(10);
            assertThat(send(infer("m", input(10, place("in", 0, 10)), place("out", 0, LARGE))).status()).isEqualTo(200);
            assertThat(send(infer("m", input(11, "\"data\":[1,2,3,4,5,6,7,8,9,10,11]"), place("out", 0, LARGE))).text())
                    .contains("shared memory region 'out' has shrunk: got 10 bytes at offset 0 (expected 11)");
            assertThat(out.content()).hasSize(10);
        }
        server().awaitNothingInFlight();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "4|r|0|3|500|shared memory size specified with the request for output 'OUT' (3 bytes) should be at least 4 bytes to hold the results",
            "4|s|0|4|404|Unable to find shared memory region: 's'",
            "4|r|16|1|400|Invalid offset for shared memory region: 'r'",
            "4|r|14|4|400|Invalid offset + byte size for shared memory region: 'r'"})
    void infer_targetThatCannotBe_answersAsTriton(int elements, String region, int offset, int byteSize, int status,
            String text) throws IOException {
        try (TestObject object = new TestObject(16)) {
            send(register("r", object, 0, 16));
            assertAnswers(infer("m", input(elements, place("r", 0, elements)), place(region, offset, byteSize)), status,
                    "{\"error\":\"" + text + "\"}");
        }
        server().awaitNothingInFlight();
        send(post("/v2/systemsharedmemory/unregister", ""));
        assertThat(TestObject.openDescriptors()).isZero();
    }

    @Test
    void infer_sizeThatIsNotTheShapes_isRefused() throws IOException {
        try (TestObject object = new TestObject(16)) {
            send(register("r", object, 0, 16));
            assertAnswers(infer("m", input(4, place("r", 0, 5)), place("r", 0, 8)), 400,
                    "{\"error\":\"[request id: <id_unknown>] input byte size mismatch for input 'IN' for model 'm'."
                            + " Expected 4, got 5\"}");
            assertAnswers(
                    infer("m", input(4, "\"parameters\":{\"shared_memory_region\":\"r\"}"), place("r", 0, 8)), 400,
                    "{\"error\":\"[request id: <id_unknown>] input byte size mismatch for input 'IN' for model 'm'."
                            + " Expected 4, got 0\"}");
        }
    }

    @Test
    void infer_unregisteredMeanwhile_isAnsweredAndThenClosed() throws IOException {
        try (TestObject first = TestObject.of(new byte[]{1, 2, 0, 0});
                TestObject second = new TestObject(4);
                RawClient client = server().connect()) {
            send(register("r", first, 0, 4));
            client.send(infer("pairs", input(2, place("r", 0, 2)), place("r", 2, 2)));
            Await.until(() -> server().server.admission().requests() == 1);
            assertAnswers(post("/v2/systemsharedmemory/unregister", ""), 200, "");
            assertAnswers(get("/v2/systemsharedmemory/status"), 200, "[]");
            assertAnswers(register("r", second, 0, 4), 200, "");
            assertThat(TestObject.openDescriptors()).isEqualTo(2);
            send(infer("pairs", input(2, "\"data\":[5,6]"), "\"parameters\":{}")); // runs together with the first
            assertThat(client.read().text()).isEqualTo(ANSWER.formatted("pairs", 2));
            Await.until(() -> TestObject.openDescriptors() == 1);
            assertThat(first.content()).containsExactly(1, 2, 1, 2);
            assertThat(second.content()).containsOnly(0);
        }
    }
}
