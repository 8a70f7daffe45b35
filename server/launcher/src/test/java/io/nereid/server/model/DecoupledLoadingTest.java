package io.nereid.server.model;

import io.nereid.modelrepo.lifecycle.ModelState;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
import io.nereid.server.DecoupledModels;
import io.nereid.server.ModelServer;
import io.nereid.server.ServerConfig;
import io.nereid.server.model.control.TestRepository;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

/** Which decoupled models load, and what is said of the others. */
class DecoupledLoadingTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({"repeat", "square"})
    void load_backendThatCanStream_isReady(String backend) throws Exception {
        RepositoryIndexEntry entry = load(
                backend.equals("repeat") ? DecoupledModels.REPEAT : DecoupledModels.SQUARE);
        assertThat(entry.state()).isEqualTo(ModelState.READY);
    }

    @Test
    void load_backendWithOneResponse_isRefused() throws Exception {
        assertThat(load(DecoupledModels.SQUARE.replace("square", "identity")).reason()).isEqualTo(
                "Invalid argument: unable to load model 'm': backend 'identity' gives exactly one response to a request, so its configuration"
                        + " must not have model_transaction_policy { decoupled: true }");
    }

    @Test
    void load_orderToBeKept_isRefused() throws Exception {
        assertThat(load(DecoupledModels.SQUARE + "dynamic_batching { preserve_ordering: true }").reason())
                .contains("preserve_ordering and model_transaction_policy { decoupled: true } do not go together");
    }

    @Test
    void load_responsesToBeCached_isRefused() throws Exception {
        assertThat(load(DecoupledModels.SQUARE + "response_cache { enable: true }").reason()).contains("decoupled");
    }

    private RepositoryIndexEntry load(String config) throws Exception {
        TestRepository repository = new TestRepository(directory).withModel("m", config);
        try (ModelServer server = ModelServer.start(ServerConfig.of(repository.root()).withExitOnError(false)
                .withoutPorts())) {
            assertThat(server.models()).hasSize(1);
            return server.models().getFirst();
        }
    }
}
