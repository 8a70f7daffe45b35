package io.nereid.server.http;

import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.server.AdmittedRequest;
import io.nereid.server.DecoupledModels;
import io.nereid.server.ServerConfig;
import io.nereid.server.http.connection.RawClient;
import io.nereid.server.ledger.LedgerLimits;
import io.nereid.server.model.config.ModelControlConfig;
import io.nereid.server.model.config.ModelControlMode;
import io.nereid.server.model.config.RepositoryConfig;
import io.nereid.server.model.control.TestRepository;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** What is refused before it is queued is counted by its reason, whether it comes by HTTP or from the same process. */
@Timeout(60)
class RefusedRequestTest {
    @TempDir
    private Path folder;
    private InferenceServer server;

    @BeforeEach
    void start() throws Exception {
        TestRepository models = new TestRepository(folder).withIdentity("m", "TYPE_UINT8", "-1", "")
                .withIdentity("gone", "TYPE_UINT8", "-1", "").withModel("square", DecoupledModels.SQUARE);
        ModelControlConfig control = ModelControlConfig.DEFAULT.withStartup(ModelControlMode.EXPLICIT,
                List.of("m", "gone", "square"));
        server = new InferenceServer(ServerConfig.of(folder).withAdmission(LedgerLimits.DEFAULT.withMaxRequests(1))
                .withRepositories(RepositoryConfig.of(List.of(models.root())).withControl(control)));
        server.server.control().unload("gone");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void nothingRefused_noSeries() throws Exception {
        post("m/infer", "{\"inputs\":[{\"name\":\"IN\",\"datatype\":\"UINT8\",\"shape\":[1,1],\"data\":[7]}]}");

        assertThat(rejected()).isEmpty();
    }

    @Test
    void names_thatClientsThinkOf_areOneSeries() throws Exception {
        for (int i = 0; i < 20; i++) {
            post("nobody" + i + "/infer", "{}");
        }
        assertThat(rejected()).containsExactly("{reason=\"unknown_model\"} 20");
    }

    @Test
    void models_thatCannotBeAsked_areTold() throws Exception {
        post("gone/infer", "{}");
        post("square/infer", "{}");

        assertThat(rejected()).containsExactlyInAnyOrder("{reason=\"unknown_model\"} 1",
                "{model=\"square\",reason=\"unsupported\",version=\"1\"} 1");
    }

    @Test
    void bodies_thatAreNoRequestsOfTheModel_areTold() throws Exception {
        post("m/infer", "no JSON");
        post("m/generate", "[1,2]");
        post("m/infer", "{\"inputs\":[{\"name\":\"IN\",\"datatype\":\"UINT8\",\"shape\":[1,2],\"data\":[7]}]}");
        post("m/infer", "{\"inputs\":[{\"name\":\"IN\",\"datatype\":\"INT8\",\"shape\":[1,1],\"data\":[7]}]}");
        post("m/infer", "{\"inputs\":[{\"name\":\"IN\",\"datatype\":\"UINT8\",\"shape\":[1,1],"
                + "\"parameters\":{\"shared_memory_region\":\"nowhere\",\"shared_memory_byte_size\":1}}]}");

        assertThat(rejected()).containsExactlyInAnyOrder("{model=\"m\",reason=\"malformed\",version=\"1\"} 4",
                "{model=\"m\",reason=\"mismatch\",version=\"1\"} 1");
    }

    @Test
    void inProcess_isCountedAsOverTheNetwork() throws Exception {
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> infer("nobody", new byte[]{1}));
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> infer("m", new byte[]{1}));
        Lease all = AdmittedRequest.of(server.server);
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> infer("m", new byte[]{1}));
        all.release();

        assertThat(rejected()).containsExactlyInAnyOrder("{reason=\"unknown_model\"} 1",
                "{model=\"m\",reason=\"mismatch\",version=\"1\"} 1",
                "{model=\"m\",reason=\"overload\",version=\"1\"} 1");
    }

    private void infer(String model, byte[] row) throws Exception {
        server.server.inference().request(model).input("OTHER", new int[]{row[0]}, 1, 1).infer().close();
    }

    private void post(String path, String json) throws Exception {
        try (RawClient client = server.connect()) {
            client.send(InferenceServer.post(path, "", json.length()) + json).read();
        }
    }

    private List<String> rejected() {
        String family = "nereid_inference_rejected_total";
        return server.server.metrics().lines().filter(line -> line.startsWith(family))
                .map(line -> line.substring(family.length())).toList();
    }
}
