package io.nereid.server.http;

import io.nereid.server.ServerConfig;
import io.nereid.server.http.connection.RawClient;
import io.nereid.server.model.config.ModelControlConfig;
import io.nereid.server.model.config.ModelControlMode;
import io.nereid.server.model.config.RepositoryConfig;
import io.nereid.server.model.control.TestRepository;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

/** JSON that is no error in itself but more than a reader takes: the error says which limit that is. */
@Timeout(60)
class JsonLimitsTest {
    private static final String DIGITS = "{\"ready\":" + "1".repeat(1001) + "}";
    private static final String KEY = "{\"" + "k".repeat(70_000) + "\":1}";
    private static final String MEMBERS = "{" + "\"a\":[1,2],".repeat(120_000) + "\"b\":1}";
    private static final String LEVELS = "{\"a\":" + "[".repeat(1200) + "]".repeat(1200) + "}";
    private static final List<String> REPOSITORY = List.of("index", "models/m/load", "models/m/unload");
    private static final List<String> OTHERS = List.of("/v2/logging", "/v2/trace/setting",
            "/v2/systemsharedmemory/region/r/register", "/v2/cudasharedmemory/region/r/register");
    @TempDir
    private Path directory;

    private InferenceServer server() throws Exception {
        TestRepository repository = new TestRepository(directory).withIdentity("m", "TYPE_UINT8", "-1", "");
        return new InferenceServer(ServerConfig.of(directory).withRepositories(
                RepositoryConfig.of(List.of(repository.root())).withControl(
                        ModelControlConfig.DEFAULT.withStartup(ModelControlMode.EXPLICIT, List.of("m")))));
    }

    private static RawClient.Reply post(InferenceServer server, String path, String body) throws Exception {
        try (RawClient client = server.connect()) {
            return client.send("POST " + path + " HTTP/1.1\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                    .read();
        }
    }

    private static void assertLimit(RawClient.Reply reply, String... parts) {
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.text()).contains(parts);
    }

    @Test
    void loadRequest_beyondALimit_namesIt() throws Exception {
        String parameter = "\"file:1/x%d\":\"\"";
        String many = IntStream.range(0, 4097).mapToObj(parameter::formatted).collect(Collectors.joining(","));
        String config = "{\"parameters\":{\"config\":\"" + "x".repeat((1 << 20) + 1) + "\"}}";
        String file = "{\"parameters\":{\"config\":\"{}\",\"file:1/x\":\"" + "AAAA".repeat(1 << 19) + "\"}}";
        try (InferenceServer server = server()) {
            String load = "/v2/repository/models/m/load";
            assertLimit(post(server, load, "{\"parameters\":{" + many + "}}"), "4097 or more parameters",
                    "at most 4096", "--max-request-parameters");
            assertLimit(post(server, load, config), "1048577", "1048576", "--max-request-head-size");
            assertThat(post(server, load, file).text()).as("files are no head").doesNotContain("--max-request");
        }
    }

    @Test
    void repositoryRequest_beyondALimit_namesIt() throws Exception {
        try (InferenceServer server = server()) {
            for (String route : REPOSITORY) {
                RawClient.Reply levels = post(server, "/v2/repository/" + route, LEVELS);
                assertThat(levels.status()).as(route).isEqualTo(400);
                assertThat(levels.text()).as(route).contains("the request's JSON is beyond a limit: ", "maximum")
                        .doesNotContain("Constraints");
                assertLimit(post(server, "/v2/repository/" + route, KEY), "70000", "--max-request-string-size");
                assertLimit(post(server, "/v2/repository/" + route, MEMBERS), "1048576", "--max-request-head-size");
                RawClient.Reply digits = post(server, "/v2/repository/" + route, DIGITS);
                assertThat(digits.status()).as(route).isIn(200, 400);
                assertThat(digits.text()).as(route).doesNotContain("NullPointer");
                assertThat(post(server, "/v2/repository/" + route, "{\"a\":").status()).as(route).isEqualTo(500);
            }
        }
    }

    @Test
    void anyControlRequest_beyondALimit_isNoFaultOfTheServer() throws Exception {
        try (InferenceServer server = server()) {
            for (String path : OTHERS) {
                for (String body : List.of(DIGITS, KEY, LEVELS)) {
                    RawClient.Reply reply = post(server, path, body);
                    assertThat(reply.status()).as(path + ": " + reply.text()).isIn(200, 400, 501);
                }
            }
        }
    }
}
