package io.nereid.server;

import io.nereid.modelrepo.lifecycle.ModelState;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.model.control.TestRepository;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class LoadFailuresTest {
    @Test
    void describe_someFailed_namesThemWithTheirReasonsInOneLine() {
        assertThat(LoadFailures.describe(List.of(
                new RepositoryIndexEntry("a", OptionalLong.of(1), ModelState.READY, ""),
                new RepositoryIndexEntry("b", OptionalLong.of(2), ModelState.UNAVAILABLE, "two\n  problems\n"),
                new RepositoryIndexEntry("c", OptionalLong.empty(), ModelState.UNAVAILABLE, "no file"))))
                .isEqualTo("'b' version 2: two problems; 'c': no file");
    }

    @Test
    void describe_manyFailed_namesTheFirst() {
        List<RepositoryIndexEntry> index = IntStream.range(0, 5).mapToObj(i -> new RepositoryIndexEntry("m" + i,
                OptionalLong.of(1), ModelState.UNAVAILABLE, "broken")).toList();

        assertThat(LoadFailures.describe(index)).endsWith("'m2' version 1: broken; and 2 more");
    }

    @Test
    void start_modelThatCannotBeLoaded_theExceptionSaysWhy(@TempDir Path models) {
        new TestRepository(models).withModel("broken", "backend: \"identity\" max_batch_size: -1");

        assertThatThrownBy(() -> ModelServer.start(ServerConfig.of(models)
                .withHttp(HttpConfig.DEFAULT.withEnabled(false)).withGrpc(GrpcConfig.DEFAULT.withEnabled(false))))
                .isInstanceOf(StartException.class).hasMessageContaining("'broken'")
                .hasMessageContaining("max_batch_size");
    }
}
