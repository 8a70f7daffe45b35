package io.nereid.server.model;

import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
import io.nereid.server.ModelServer;
import io.nereid.server.ServerConfig;
import io.nereid.server.StartException;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.model.config.ModelControlConfig;
import io.nereid.server.model.config.ModelControlMode;
import io.nereid.server.model.control.LoadOverride;
import io.nereid.server.model.control.TestRepository;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What a model that cannot be served does to the server: the table of docs/compatibility.md, which is Triton's. */
@Timeout(60)
class ReadinessTest {
    /** On demand nothing is loaded that holds readiness up. */
    private static final List<ModelControlMode> LOADING_AT_START = List.of(ModelControlMode.NONE, ModelControlMode.POLL,
            ModelControlMode.EXPLICIT);

    @TempDir
    private Path directory;
    private Path models;
    private TestRepository repository;

    @BeforeEach
    void fill() throws IOException {
        models = Files.createDirectory(directory.resolve("models"));
        repository = new TestRepository(models).withIdentity("good", "TYPE_FP32", "-1", "");
    }

    /** What is wrong with the model {@code bad}, and what comes of it. */
    enum Fault {
        UNKNOWN_FIELD(true, "bad -", "Invalid argument: model configuration of 'bad' has 1 problem:"),
        IMPOSSIBLE_VALUE(true, "bad -", "Invalid argument: model configuration of 'bad' has 1 problem:"),
        NO_CONFIG_AND_NOTHING_TO_MAKE_ONE_OF(true, "bad -", "Invalid argument: model configuration of 'bad' has"),
        IN_TWO_REPOSITORIES(true, "bad -", "model 'bad' is not unique"),
        NO_VERSION(false, "bad -", "Invalid argument: at least one version must be available"),
        UNKNOWN_BACKEND(false, "bad 1", "Invalid argument: unable to find backend library for backend 'abacus'"),
        NO_LABEL_FILE(false, "bad 1", "Internal: failed to open text file for read"),
        BROKEN_FILE(false, "bad 1", "Internal: onnx runtime error 7: Load model from "),
        ONE_OF_TWO_VERSIONS_BROKEN(false, "bad 2", "Internal: onnx runtime error 7: Load model from ");

        private final boolean passedOver;
        private final String entry;
        private final String reason;

        /**
         * @param passedOver whether a strict server is ready all the same
         * @param entry the line of the index
         * @param reason what that says
         */
        Fault(boolean passedOver, String entry, String reason) {
            this.passedOver = passedOver;
            this.entry = entry;
            this.reason = reason;
        }

        void make(TestRepository repository, TestRepository second) throws IOException {
            switch (this) {
                case UNKNOWN_FIELD -> repository.withIdentity("bad", "TYPE_FP32", "-1", "nonsense: 1");
                case IMPOSSIBLE_VALUE -> repository.withIdentity("bad", "TYPE_FP32", "-1",
                        "dynamic_batching { preferred_batch_size: 99 }");
                case NO_CONFIG_AND_NOTHING_TO_MAKE_ONE_OF -> Files
                        .createDirectories(repository.root().resolve("bad/1"));
                case IN_TWO_REPOSITORIES -> {
                    repository.withIdentity("bad", "TYPE_FP32", "-1", "");
                    second.withIdentity("bad", "TYPE_FP32", "-1", "");
                }
                case NO_VERSION -> Files.delete(
                        repository.withIdentity("bad", "TYPE_FP32", "-1", "").root().resolve("bad/1"));
                case UNKNOWN_BACKEND -> repository.withModel("bad", "backend: 'abacus'");
                case NO_LABEL_FILE -> repository.withModel("bad", """
                        backend: 'identity'
                        input { name: 'I' data_type: TYPE_FP32 dims: 1 }
                        output { name: 'O' data_type: TYPE_FP32 dims: 1 label_filename: 'none.txt' }
                        """);
                case BROKEN_FILE -> Files.writeString(
                        repository.withModel("bad", "backend: 'onnxruntime'").root().resolve("bad/1/model.onnx"), "x");
                case ONE_OF_TWO_VERSIONS_BROKEN -> {
                    repository.withOnnxIdentity("bad", "backend: 'onnxruntime' version_policy { all {} }");
                    Files.writeString(Files.createDirectory(repository.root().resolve("bad/2")).resolve("model.onnx"),
                            "x");
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void start_withoutExitOnError_servesTheOthersAndSaysWhyNotThisOne(Fault fault) throws Exception {
        ServerConfig config = config(fault);
        for (ModelControlMode mode : LOADING_AT_START) {
            for (boolean strict : new boolean[]{true, false}) {
                try (ModelServer server = ModelServer
                        .start(inMode(config, mode).withExitOnError(false).withStrictReadiness(strict))) {
                    assertThat(server.inference().models().isLive()).isTrue();
                    assertThat(server.inference().models().isReady()).as("%s, strict %s", mode, strict)
                            .isEqualTo(!strict || fault.passedOver);
                    assertThat(server.inference().models().readyVersions("good")).containsExactly(1L);
                    assertThat(server.inference().models().readyVersions("bad")).isEmpty();
                    assertThat(lines(server)).anySatisfy(line -> assertThat(line)
                            .startsWith(fault.entry + " UNAVAILABLE ").contains(fault.reason));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void start_withExitOnError_isRefused(Fault fault) throws Exception {
        ServerConfig config = config(fault);
        for (ModelControlMode mode : LOADING_AT_START) {
            assertThatThrownBy(() -> ModelServer.start(inMode(config, mode))).isInstanceOf(StartException.class)
                    .hasMessageContaining("--exit-on-error=false");
        }
    }

    /** As in Triton: the process stays and can be asked, and whoever looks after it sees that it does not live. */
    @Test
    void start_repositoryCannotBeRead_staysUpAndIsNeitherLiveNorReady() throws Exception {
        ServerConfig config = config(List.of(models.toString(), directory.resolve("missing").toString()));
        assertThatThrownBy(() -> ModelServer.start(config)).isInstanceOf(StartException.class)
                .hasMessageContaining("missing");
        for (ModelControlMode mode : ModelControlMode.values()) {
            for (boolean strict : new boolean[]{true, false}) {
                try (ModelServer server = ModelServer
                        .start(inMode(config, mode).withExitOnError(false).withStrictReadiness(strict))) {
                    assertThat(server.inference().models().isLive()).isFalse();
                    assertThat(server.inference().models().isReady()).isFalse();
                    String text = "Server not ready: failed to read model repository";
                    assertThatThrownBy(() -> server.control().index(false)).isInstanceOf(InferenceException.class)
                            .hasMessageStartingWith(text);
                    assertThatThrownBy(() -> server.control().load("good", LoadOverride.NONE))
                            .hasMessageStartingWith(text);
                }
            }
        }
    }

    private ServerConfig config(Fault fault) throws IOException {
        Path second = Files.createDirectory(directory.resolve("second"));
        fault.make(repository, new TestRepository(second));
        return config(List.of(models.toString(), second.toString()));
    }

    private ServerConfig config(List<String> locations) {
        ServerConfig config = ServerConfig.of(models).withHttp(HttpConfig.DEFAULT.withEnabled(false))
                .withGrpc(GrpcConfig.DEFAULT.withEnabled(false));
        return config.withRepositories(config.repositories().withLocations(locations));
    }

    private static ServerConfig inMode(ServerConfig config, ModelControlMode mode) {
        List<String> startup = mode == ModelControlMode.EXPLICIT ? List.of("good", "bad") : List.of();
        return config.withRepositories(config.repositories()
                .withControl(ModelControlConfig.DEFAULT.withStartup(mode, startup)));
    }

    private static List<String> lines(ModelServer server) throws InferenceException {
        List<String> lines = new ArrayList<>();
        for (RepositoryIndexEntry entry : server.control().index(false)) {
            String version = entry.version().isPresent() ? "" + entry.version().getAsLong() : "-";
            lines.add(entry.name() + " " + version + " " + entry.state() + " " + entry.reason());
        }
        return lines;
    }
}
