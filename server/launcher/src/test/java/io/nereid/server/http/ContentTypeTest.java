package io.nereid.server.http;

import io.nereid.server.ServerConfig;
import io.nereid.server.http.connection.RawClient;
import io.nereid.server.model.control.TestRepository;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** What is JSON says so, errors first of all: clients choose their parser by the header. */
@Timeout(60)
class ContentTypeTest {
    private static final List<String> PATHS = List.of("/", "/v2", "/v2/health/live", "/v2/health/ready", "/v2/nothing",
            "/v2/models/m", "/v2/models/m/ready", "/v2/models/m/config", "/v2/models/m/stats", "/v2/models/stats",
            "/v2/models/m/infer", "/v2/models/m/generate", "/v2/models/m/generate_stream", "/v2/models/m/nothing",
            "/v2/models/m/versions/7/infer", "/v2/models/nope", "/v2/models/nope/ready", "/v2/models/nope/config",
            "/v2/models/nope/stats", "/v2/models/nope/infer", "/v2/models/nope/generate",
            "/v2/models/nope/generate_stream", "/v2/models/nope/trace/setting", "/v2/systemsharedmemory/status",
            "/v2/systemsharedmemory/region/r/status", "/v2/systemsharedmemory/region/r/register",
            "/v2/cudasharedmemory/region/r/register", "/v2/repository/index", "/v2/repository/models/nope/load",
            "/v2/repository/models/nope/unload", "/v2/logging", "/v2/trace/setting", "/v2/models/%zz/infer");
    @TempDir
    private Path directory;

    @Test
    void reply_ofAnyRouteAndMethod_saysJsonWhereItIs() throws Exception {
        TestRepository repository = new TestRepository(directory).withIdentity("m", "TYPE_UINT8", "-1", "");
        int json = 0;
        try (InferenceServer server = new InferenceServer(ServerConfig.of(repository.root()));
                RawClient client = server.connect()) {
            for (String path : PATHS) {
                for (String method : List.of("GET", "POST", "DELETE")) {
                    RawClient.Reply reply = client.send(method + " " + path + " HTTP/1.1\r\nContent-Length: 1\r\n\r\n{")
                            .read();
                    if (reply.text().startsWith("{") || reply.text().startsWith("[")) {
                        json++;
                        assertThat(reply.header("content-type")).as(method + " " + path).isEqualTo("application/json");
                    }
                }
            }
        }
        assertThat(json).isGreaterThan(PATHS.size() * 2);
    }
}
