package io.nereid.server.http;

import io.nereid.server.ServerConfig;
import io.nereid.server.http.connection.RawClient;
import io.nereid.server.model.ModelControlConfig;
import io.nereid.server.model.ModelControlMode;
import io.nereid.server.model.RepositoryConfig;
import io.nereid.server.model.TestRepository;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** JSON that is no error in itself but more than a reader takes: the client is told which limit that is. */
@Timeout(60)
class JsonLimitsTest {
    private static final String DIGITS = "{\"ready\":" + "1".repeat(1001) + "}";
    private static final String KEY = "{\"" + "k".repeat(60_000) + "\":1}";
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

    @Test
    void repositoryRequest_beyondALimit_namesIt() throws Exception {
        try (InferenceServer server = server()) {
            for (String route : REPOSITORY) {
                for (String body : List.of(KEY, LEVELS)) {
                    RawClient.Reply reply = post(server, "/v2/repository/" + route, body);
                    assertThat(reply.status()).as(route).isEqualTo(400);
                    assertThat(reply.text()).as(route).contains("the request's JSON is beyond a limit: ", "maximum")
                            .doesNotContain("Constraints");
                }
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
