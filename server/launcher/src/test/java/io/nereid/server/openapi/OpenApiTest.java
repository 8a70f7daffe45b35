package io.nereid.server.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nereid.inference.Await;
import io.nereid.server.ModelServer;
import io.nereid.server.ServerConfig;
import io.nereid.server.console.ConsoleConfig;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.http.connection.RawClient;
import io.nereid.server.http.connection.RawClient.Reply;
import io.nereid.server.ledger.Resource;
import io.nereid.server.model.config.ModelControlConfig;
import io.nereid.server.model.config.ModelControlMode;
import io.nereid.server.model.config.RepositoryConfig;
import io.nereid.server.model.control.LoadOverride;
import io.nereid.server.model.control.TestRepository;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.protocol.Restrictions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import static org.assertj.core.api.Assertions.assertThat;

/** The description of the API of a whole server, and who is told it. */
@Timeout(120)
class OpenApiTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;
    private @Nullable ModelServer started;

    private ServerConfig config() {
        return ServerConfig.of(folder).withGrpc(GrpcConfig.DEFAULT.withEnabled(false)).withHttp(http());
    }

    private static HttpConfig http() {
        return HttpConfig.DEFAULT.withAddress("127.0.0.1").withPort(0);
    }

    private void start(ServerConfig config) throws Exception {
        started = ModelServer.start(config);
    }

    private ModelServer server() {
        return Objects.requireNonNull(started);
    }

    @AfterEach
    void stop() {
        server().close();
    }

    private Reply ask(String request) throws Exception {
        try (RawClient client = new RawClient(server().httpPort())) {
            return client.send(request + " HTTP/1.1\r\n\r\n").read();
        }
    }

    private JsonNode description() throws Exception {
        Reply reply = ask("GET /v2/openapi.json");
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.header("content-type")).isEqualTo("application/json");
        assertThat(reply.header("cache-control")).isEqualTo("no-store");
        return JSON.readTree(reply.text());
    }

    @Test
    void description_modelsThatAreReady_areInItUntilTheyAreNot() throws Exception {
        new TestRepository(folder).withIdentity("one", "TYPE_FP32", "4", "").withIdentity("two", "TYPE_INT8", "-1", "");
        ModelControlConfig control = ModelControlConfig.DEFAULT.withStartup(ModelControlMode.EXPLICIT, List.of("one"));
        start(config().withRepositories(RepositoryConfig.of(List.of(folder)).withControl(control)));
        JsonNode paths = description().get("paths");
        assertThat(paths.has("/v2/models/one/infer")).isTrue();
        assertThat(paths.has("/v2/models/two/infer")).isFalse();
        assertThat(paths.has("/v2/repository/models/{model_name}/load")).as("may be controlled").isTrue();
        server().control().load("two", LoadOverride.NONE);
        server().control().unload("one");
        paths = description().get("paths");
        assertThat(paths.has("/v2/models/one/infer")).isFalse();
        assertThat(paths.has("/v2/models/two/infer")).isTrue();
    }

    @Test
    void description_whatIsOff_isNotInIt() throws Exception {
        start(config());
        JsonNode paths = description().get("paths");
        assertThat(paths.has("/v2/repository/models/{model_name}/load")).isFalse();
        assertThat(paths.has("/v2/systemsharedmemory/unregister")).isFalse();
        assertThat(paths.has("/v2/models/{model_name}/infer")).isTrue();
    }

    @Test
    void description_sharedMemoryAllowed_isInIt() throws Exception {
        start(config().withAllowClientSharedMemory(true));
        assertThat(description().get("paths").has("/v2/systemsharedmemory/unregister")).isTrue();
    }

    @ParameterizedTest
    @EnumSource(value = ApiCategory.class, names = {"METADATA", "MODEL_CONFIG"})
    void description_restricted_isTellingToWhoKnowsTheSecret(ApiCategory category) throws Exception {
        Restrictions restrictions = new Restrictions(
                Map.of(category, new Restrictions.Requirement("x-key", "secret")));
        start(config().withHttp(http().withRestrictions(restrictions)));
        Reply refused = ask("GET /v2/openapi.json");
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.text()).isEqualTo("{\"error\":\"This API is restricted, expecting header 'x-key'\"}");
        Reply told = ask("GET /v2/openapi.json HTTP/1.1\r\nX-Key: secret\r\nX-Rest:");
        assertThat(told.status()).isEqualTo(200);
        assertThat(JSON.readTree(told.text()).at("/components/securitySchemes/restricted1/name").asText())
                .isEqualTo("x-key");
        assertThat(told.text()).doesNotContain("secret\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v2/openapi.json", "/docs", "/docs/", "/docs/docs.js", "/docs/swagger-ui-bundle.js"})
    void console_off_isNotFound(String path) throws Exception {
        start(config().withConsole(new ConsoleConfig(false)));
        Reply reply = ask("GET " + path);
        assertThat(reply.status()).isEqualTo(404);
        assertThat(reply.text()).isEqualTo("{\"error\":\"Not Found\"}");
    }

    @Test
    void otherAddressesAndMethods_areAnsweredAsEver() throws Exception {
        start(config());
        assertThat(ask("GET /docs").status()).isEqualTo(200);
        assertThat(ask("GET /docs/").header("content-type")).isEqualTo("text/html; charset=utf-8");
        assertThat(ask("GET /docs/docs.js?v=1").status()).isEqualTo(200);
        assertThat(ask("POST /v2/openapi.json").status()).isEqualTo(405);
        for (String path : List.of("/docs/nothing.js", "/docs/../docs.js", "/docsx", "/v2/openapi", "/v2/openapi.json/",
                "/docs/index.html")) {
            assertThat(ask("GET " + path).text()).as(path).isEqualTo("{\"error\":\"Not Found\"}");
        }
        assertThat(ask("GET /v2").status()).isEqualTo(200);
    }

    /** However much there is to tell, a client that does not read holds a few pieces of it. */
    @Test
    void client_thatDoesNotRead_holdsLittleAndThenNothing() throws Exception {
        TestRepository repository = new TestRepository(folder);
        for (int i = 0; i < 300; i++) {
            repository.withIdentity("model_" + i, "TYPE_FP32", "500", "");
        }
        start(config());
        try (RawClient client = RawClient.ofSmallBuffer(server().httpPort(), 4 << 10)) {
            client.send("GET /v2 HTTP/1.1\r\n\r\n").read();
            long connection = held();
            long heapOfConnection = heapHeld();
            client.send("GET /v2/openapi.json HTTP/1.1\r\n\r\n");
            Await.until(() -> heapHeld() > heapOfConnection);
            assertThat(held() - connection).isEqualTo(DescriptionStream.MOST_BYTES);
            assertThat(heapHeld() - heapOfConnection).as("what it keeps of 300 models").isGreaterThan(300 << 10);
            client.reset();
        }
        Await.until(() -> held() == 0 && heapHeld() == 0);
        assertThat(description().get("paths").has("/v2/models/model_299/infer")).as("others are told all").isTrue();
        Await.until(() -> held() == 0);
    }

    private long held() {
        return server().admission().ledger().held(Resource.NATIVE);
    }

    private long heapHeld() {
        return server().admission().ledger().held(Resource.HEAP);
    }
}
