package io.nereid.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.nereid.server.http.connection.RawClient;
import io.nereid.server.ledger.LedgerLimits;
import io.nereid.server.model.control.TestRepository;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.Objects;

import static org.assertj.core.api.Assertions.assertThat;

/** Statistics with and without {@code ?explain=true}. */
@Timeout(60)
class ExplainTest {
    private static final String REASONS = "{\"preferred_size\":0,\"full\":%d,\"delay\":0,\"deadline\":0,\"shape\":0,"
            + "\"adaptive_limit\":0,\"instance_idle\":0,\"closing\":0}";

    private @Nullable InferenceServer started;

    @BeforeEach
    void start(@TempDir Path directory) throws Exception {
        TestRepository repository = new TestRepository(directory).withIdentity("m", "TYPE_UINT8", "-1", "");
        started = new InferenceServer(repository, LedgerLimits.DEFAULT);
    }

    @AfterEach
    void stop() {
        server().close();
    }

    private InferenceServer server() {
        return Objects.requireNonNull(started);
    }

    private void infer(int times) throws Exception {
        try (RawClient client = server().connect()) {
            for (int i = 0; i < times; i++) {
                assertThat(client.send(InferenceServer.small("m")).read().status()).isEqualTo(200);
            }
        }
    }

    /** Without dynamic batching every request fills its batch. */
    @Test
    void explain_asked_tellsOfEveryReason() throws Exception {
        infer(3);
        JsonNode explain = server().explained("m").get("explain");
        String reasons = REASONS.formatted(3);
        assertThat(explain).hasToString("{\"pending_count\":0,\"batches\":[{\"batch_size\":1,\"count\":3,\"closed_by\":"
                + reasons + "}],\"closed_by\":" + reasons
                + ",\"rejected\":{\"queue_full\":0,\"timeout\":0,\"overload\":0,\"no_instance\":0,\"cancelled\":0,"
                + "\"malformed\":0,\"mismatch\":0,\"unsupported\":0},\"threads\":{\"caller\":0,\"another_caller\":0,\"queued\":0,"
                + "\"not_short\":3,\"large\":0,\"caller_busy\":0,\"not_offered\":0}}");
    }

    @Test
    void explain_nothingHasRun_hasNoBatches() throws Exception {
        assertThat(server().explained("m").get("explain").get("batches")).isEmpty();
        assertThat(server().explained("m").get("explain").get("closed_by")).hasToString(REASONS.formatted(0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v2/models/m/stats", "/v2/models/m/versions/1/stats", "/v2/models/stats"})
    void explain_asked_isTheLastMemberAndTheRestIsAsBefore(String path) throws Exception {
        infer(2);
        String plain = server().get(path).text();
        String explained = server().get(path + "?explain=true").text();
        assertThat(plain).doesNotContain("explain").endsWith(",\"memory_usage\":[]}]}");
        int at = explained.indexOf(",\"explain\":{");
        assertThat(explained.substring(0, at) + "}]}").isEqualTo(plain);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "?", "?explain=false", "?explain", "?explain=true1", "?noexplain=true", "?%"})
    void explain_notAsked_isNotThere(String query) throws Exception {
        assertThat(server().get("/v2/models/m/stats" + query).text())
                .isEqualTo(server().get("/v2/models/m/stats").text());
    }

    @ParameterizedTest
    @ValueSource(strings = {"?a=b&explain=true", "?explain=true&a=%"})
    void explain_amongOthers_isFound(String query) throws Exception {
        assertThat(server().get("/v2/models/m/stats" + query).text()).contains("\"explain\":{");
    }
}
