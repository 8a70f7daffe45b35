package io.nereid.server.model;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.OverrideFiles;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.ModelServer;
import io.nereid.server.ServerConfig;
import io.nereid.server.StartException;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.model.config.ModelControlConfig;
import io.nereid.server.model.config.ModelControlMode;
import io.nereid.server.model.control.LoadOverride;
import io.nereid.server.model.control.ModelControl;
import io.nereid.server.model.control.TestRepository;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Single versions: loaded, unloaded and broken by themselves, on a whole server without ports. */
@Timeout(120)
class VersionControlTest {
    private static final String ALL = "version_policy { all {} }";

    @TempDir
    private Path directory;
    private TestRepository repository;
    private @Nullable ModelServer server;

    /** {@code m} has three versions, of which the policy takes the third. */
    @BeforeEach
    void fill() throws IOException {
        repository = new TestRepository(directory).withIdentity("m", "TYPE_FP32", "-1", "");
        addVersions("m", 2, 3);
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
            server = null;
        }
    }

    private void addVersions(String model, long... versions) throws IOException {
        for (long version : versions) {
            Files.createDirectories(directory.resolve(model).resolve(Long.toString(version)));
        }
    }

    @Test
    void load_version_isServedBesideWhatIs_untilAPlainLoad() throws Exception {
        start();
        load("m");
        ServedModel third = served("m", 3);
        load("m", 1);
        assertThat(ready("m")).containsExactly(1L, 3L);
        assertThat(served("m", 3)).isSameAs(third);
        ServedModel first = served("m", 1);
        load("m", 1);
        assertThat(served("m", 1)).as("nothing has changed").isSameAs(first);
        load("m");
        assertThat(ready("m")).containsExactly(3L);
        assertThat(served("m", 3)).as("it never had to go").isSameAs(third);
    }

    @Test
    void load_versionOfAModelThatIsNotServed_servesThatAlone() throws Exception {
        start();
        load("m", 2);
        assertThat(index()).containsExactly("m 2 READY ");
        load("m");
        assertThat(ready("m")).containsExactly(3L);
    }

    @Test
    void load_versionThatIsNotThere_saysWhichAre() throws Exception {
        start();
        assertRefused(() -> load("m", 9), ErrorCode.INVALID_ARG,
                "load failed for model 'm': model 'm' has no version 9: its directory has the versions [1, 2, 3]");
        assertThat(index()).containsExactly("m - UNKNOWN ");
        assertThat(server().inference().models().isReady()).isTrue();
        assertRefused(() -> load("nope", 1), ErrorCode.INTERNAL, "no model repository has a directory of that name");
    }

    @Test
    void load_versionWithConfig_isOfThatVersionAlone() throws Exception {
        start();
        load("m");
        control().load("m", new LoadOverride(Optional.of(json(2)), null).ofVersion(OptionalLong.of(1)));
        assertThat(served("m", 1).config().maxBatchSize()).isEqualTo(2);
        assertThat(served("m", 3).config().maxBatchSize()).isEqualTo(8);
        load("m", 2);
        assertThat(served("m", 2).config().maxBatchSize()).isEqualTo(8);
        load("m", 1);
        assertThat(served("m", 1).config().maxBatchSize()).as("of the repository again").isEqualTo(8);
    }

    @Test
    void load_versionAfterAConfig_hasThatConfigToo() throws Exception {
        start();
        control().load("m", new LoadOverride(Optional.of(json(2)), null));
        load("m", 1);
        assertThat(served("m", 1).config().maxBatchSize()).isEqualTo(2);
        load("m");
        assertThat(ready("m")).containsExactly(3L);
        assertThat(served("m", 3).config().maxBatchSize()).as("kept until the files change").isEqualTo(2);
    }

    @Test
    void load_versionByUpload_leavesTheOthers() throws Exception {
        start();
        load("m");
        ServedModel third = served("m", 3);
        OverrideFiles files = new OverrideFiles();
        files.create("7/x").close();
        control().load("m", new LoadOverride(Optional.of(json(2)), files).ofVersion(OptionalLong.of(7)));
        assertThat(ready("m")).containsExactly(3L, 7L);
        assertThat(served("m", 3)).isSameAs(third);
        load("m");
        assertThat(ready("m")).containsExactly(3L);
    }

    @Test
    void unload_version_leavesTheOthers_andTheLastOneTakesTheModelAlong() throws Exception {
        repository.withIdentity("m", "TYPE_FP32", "-1", ALL);
        start();
        load("m");
        control().unload("m", 3, false);
        assertThat(ready("m")).containsExactly(1L, 2L);
        assertThat(server().inference().models().isReady()).isTrue();
        control().unload("m", 9, false);
        control().unload("nope", 1, false);
        load("m");
        assertThat(ready("m")).as("what the policy says").containsExactly(1L, 2L, 3L);
        for (long version = 1; version <= 3; version++) {
            control().unload("m", version, false);
        }
        assertThatThrownBy(() -> served("m", 3)).hasMessageContaining("is not at ready state");
        load("m", 2);
        assertThat(ready("m")).containsExactly(2L);
    }

    @Test
    void load_brokenVersion_leavesTheOthersAndTheServerReady() throws Exception {
        onnx("o", "");
        start();
        load("o");
        breakVersion("o", 2);
        assertRefused(() -> load("o", 2), ErrorCode.INVALID_ARG,
                "load failed for model 'o': version 2 is at UNAVAILABLE state: ");
        assertThat(ready("o")).containsExactly(1L);
        assertThat(server().inference().models().isReady()).isTrue();
        control().unload("o", 2, false);
        assertThat(index()).contains("o 2 UNAVAILABLE unloaded");
    }

    @Test
    void start_brokenVersion_keepsTheOthersFromBeingServed() throws Exception {
        onnx("o", ALL);
        breakVersion("o", 2);
        assertThatThrownBy(() -> start(ModelControlConfig.DEFAULT)).isInstanceOf(StartException.class);
    }

    @Test
    void start_brokenVersionWithPartialAvailability_servesTheOthers() throws Exception {
        onnx("o", ALL);
        breakVersion("o", 2);
        start(explicit("o").withPartialAvailability(true));
        assertThat(ready("o")).containsExactly(1L);
        assertThat(server().inference().models().isReady()).isTrue();
        assertThat(index()).anySatisfy(line -> assertThat(line).startsWith("o 2 UNAVAILABLE Internal: "));
        assertThatThrownBy(() -> server().inference().models().checkReady("o", "2"))
                .hasMessageContaining("version 2 is not at ready state");
        ServedModel first = served("o", 1);
        Files.copy(directory.resolve("o/1/model.onnx"), Files.createDirectories(directory.resolve("o/3"))
                .resolve("model.onnx"));
        load("o");
        assertThat(ready("o")).containsExactly(1L, 3L);
        assertThat(served("o", 1)).isSameAs(first);
        Files.delete(directory.resolve("o/2/model.onnx"));
        Files.copy(directory.resolve("o/1/model.onnx"), directory.resolve("o/2/model.onnx"));
        load("o");
        assertThat(ready("o")).containsExactly(1L, 2L, 3L);
    }

    @Test
    void load_versionThatBreaksWithPartialAvailability_staysAsItWasUntilItIsMended() throws Exception {
        onnx("o", ALL);
        start(explicit("o").withPartialAvailability(true));
        ServedModel first = served("o", 1);
        byte[] good = Files.readAllBytes(directory.resolve("o/1/model.onnx"));
        breakVersion("o", 1);
        load("o");
        assertThat(served("o", 1)).isSameAs(first);
        assertThat(index()).anySatisfy(line -> assertThat(line)
                .startsWith("o 1 READY served as it was before its last load, which failed: Internal: "));
        Files.write(directory.resolve("o/1/model.onnx"), good);
        load("o");
        assertThat(served("o", 1)).isNotSameAs(first);
        assertThat(index()).contains("o 1 READY ");
    }

    @Test
    void ensemble_runsOnAnotherVersionOrGoesWithItsOwn() throws Exception {
        repository.withIdentity("m", "TYPE_FP32", "-1", ALL).withModel("latest", ensemble(-1))
                .withModel("second", ensemble(2)).withModel("first", ensemble(1));
        start();
        load("latest");
        load("second");
        load("first");
        ServedModel untouched = served("first", 1);
        control().unload("m", 3, false);
        assertThat(ready("latest")).containsExactly(1L);
        control().unload("m", 2, false);
        assertThat(ready("second")).as("it needs that version").isEmpty();
        assertThat(ready("latest")).containsExactly(1L);
        assertThat(served("first", 1)).isSameAs(untouched);
        load("m", 2);
        assertThat(ready("second")).as("back with its version").containsExactly(1L);
        load("second");
        assertThat(ready("m")).as("the load of an ensemble leaves what was chosen").containsExactly(1L, 2L);
        control().unload("m", 1, false);
        control().unload("m", 2, false);
        assertThat(ready("latest")).isEmpty();
    }

    @Test
    void ensemble_loadedByVersion_keepsTheVersionsItHas() throws Exception {
        repository.withIdentity("m", "TYPE_FP32", "-1", ALL).withModel("e", ensemble(-1));
        addVersions("e", 2, 4);
        start();
        load("e");
        assertThat(ready("e")).containsExactly(4L);
        load("e", 1);
        assertThat(ready("e")).containsExactly(1L, 4L);
        control().unload("e", 4, false);
        control().unload("m", 3, false);
        assertThat(ready("e")).as("made anew, without what was unloaded").containsExactly(1L);
        load("e");
        assertThat(ready("e")).containsExactly(4L);
    }

    private static String ensemble(long version) {
        return """
                platform: "ensemble"
                max_batch_size: 4
                input { name: "IN" data_type: TYPE_FP32 dims: -1 }
                output { name: "OUT" data_type: TYPE_FP32 dims: -1 }
                ensemble_scheduling { step [
                  { model_name: "m" model_version: %d input_map { key: "IN" value: "IN" }
                    output_map { key: "OUT" value: "OUT" } } ] }
                """.formatted(version);
    }

    private static String json(int maxBatchSize) {
        return """
                {"name":"m","backend":"identity","max_batch_size":%d,
                 "input":[{"name":"IN","data_type":"TYPE_FP32","dims":[-1]}],
                 "output":[{"name":"OUT","data_type":"TYPE_FP32","dims":["-1"]}],
                 "version_policy":{"latest":{"num_versions":1}}}""".formatted(maxBatchSize);
    }

    private void onnx(String model, String more) {
        repository.withOnnxIdentity(model, "backend: \"onnxruntime\" max_batch_size: 8 " + more);
    }

    private void breakVersion(String model, long version) throws IOException {
        addVersions(model, version);
        Files.writeString(directory.resolve(model).resolve(Long.toString(version)).resolve("model.onnx"), "no model");
    }

    private void start() throws StartException {
        start(explicit());
    }

    private static ModelControlConfig explicit(String... models) {
        return ModelControlConfig.DEFAULT.withStartup(ModelControlMode.EXPLICIT, List.of(models));
    }

    private void start(ModelControlConfig control) throws StartException {
        ServerConfig config = ServerConfig.of(directory).withHttp(HttpConfig.DEFAULT.withEnabled(false))
                .withGrpc(GrpcConfig.DEFAULT.withEnabled(false));
        server = ModelServer.start(config.withRepositories(config.repositories().withControl(control)));
    }

    private ModelServer server() {
        if (server == null) {
            throw new AssertionError("not started");
        }
        return server;
    }

    private ModelControl control() {
        return server().control();
    }

    private void load(String model) throws InferenceException {
        control().load(model, LoadOverride.NONE);
    }

    private void load(String model, long version) throws InferenceException {
        control().load(model, LoadOverride.NONE.ofVersion(OptionalLong.of(version)));
    }

    private List<Long> ready(String model) {
        return server().inference().models().readyVersions(model);
    }

    private ServedModel served(String model, long version) throws InferenceException {
        ModelHandle<ServedModel> handle = server().inference().models().acquire(model, Long.toString(version));
        handle.release();
        return handle.model();
    }

    private List<String> index() throws InferenceException {
        return control().index(false).stream().filter(entry -> entry.name().length() == 1)
                .map(entry -> entry.name() + " "
                        + (entry.version().isPresent() ? entry.version().getAsLong() : "-") + " " + entry.state() + " "
                        + entry.reason())
                .toList();
    }

    private interface Call {
        void run() throws InferenceException;
    }

    private static void assertRefused(Call call, ErrorCode code, String text) {
        assertThatThrownBy(call::run).isInstanceOfSatisfying(InferenceException.class, e -> {
            assertThat(e.code()).isEqualTo(code);
            assertThat(e.text()).contains(text);
        });
    }
}
