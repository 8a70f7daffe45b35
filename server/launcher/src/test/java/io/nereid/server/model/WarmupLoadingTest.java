package io.nereid.server.model;

import io.nereid.modelrepo.lifecycle.ModelState;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
import io.nereid.server.ModelServer;
import io.nereid.server.ServerConfig;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.model.control.TestRepository;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

/** A warm-up as part of a load. */
class WarmupLoadingTest {
    private static final String SAMPLE = """
            model_warmup { name: "w" batch_size: 2 count: 3
              inputs { key: "IN" value { data_type: TYPE_FP32 dims: DIMS random_data: true } } }
            instance_group { count: 2 }
            """;

    @TempDir
    private Path directory;

    private ModelServer start(int dims) throws Exception {
        TestRepository repository = new TestRepository(directory).withIdentity("m", "TYPE_FP32",
                "4", SAMPLE.replace("DIMS", String.valueOf(dims)));
        return ModelServer.start(ServerConfig.of(repository.root()).withExitOnError(false)
                .withGrpc(GrpcConfig.DEFAULT.withEnabled(false))
                .withHttp(HttpConfig.DEFAULT.withAddress("127.0.0.1").withPort(0).withThreads(1)));
    }

    @Test
    void load_warmupThatRuns_isReadyAndCountsNothing() throws Exception {
        try (ModelServer server = start(4); HttpClient client = HttpClient.newHttpClient()) {
            assertThat(server.models()).extracting(RepositoryIndexEntry::state).containsExactly(ModelState.READY);
            HttpResponse<String> statistics = client.send(HttpRequest.newBuilder(URI.create(
                    "http://127.0.0.1:" + server.httpPort() + "/v2/models/m/stats")).build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(statistics.body()).contains("\"inference_count\":0,\"execution_count\":0");
            assertThat(server.memory().bytesInUse()).isZero();
        }
    }

    @Test
    void load_warmupThatFails_failsWithTheNameOfTheSample() throws Exception {
        try (ModelServer server = start(5)) {
            RepositoryIndexEntry entry = server.models().getFirst();
            assertThat(entry.state()).isEqualTo(ModelState.UNAVAILABLE);
            assertThat(entry.reason()).contains("warmup sample 'w' of model 'm' cannot be used")
                    .contains("Expected [-1,4], got [1,5]");
        }
    }
}
