package io.nereid.server.model;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.OverrideFiles;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.modelrepo.lifecycle.ModelState;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Loading and unloading on request, on a whole server without ports. */
@Timeout(60)
class ModelControlTest {
    @TempDir
    private Path directory;
    private TestRepository repository;
    private @Nullable ModelServer server;

    @BeforeEach
    void fill() {
        repository = new TestRepository(directory).withIdentity("a", "TYPE_FP32", "-1", group(1)).withIdentity("b",
                "TYPE_FP32",
                "-1", "");
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
            server = null;
        }
    }

    @Test
    void start_explicit_loadsTheNamedModelsOnly() throws Exception {
        start(ModelControlMode.EXPLICIT, "b");
        assertThat(index()).containsExactly("a", "b 1 READY");
        assertThat(server().inference().models().isReady()).isTrue();
        assertThatThrownBy(() -> acquire("a")).hasMessage("Request for unknown model: 'a' is not found");
    }

    @Test
    void start_explicitWithStar_loadsAll() throws Exception {
        start(ModelControlMode.EXPLICIT, "*");
        assertThat(index()).containsExactly("a 1 READY", "b 1 READY");
    }

    @Test
    void start_namedModelThatIsNotThere_isRefused() {
        assertThatThrownBy(() -> start(ModelControlMode.EXPLICIT, "nope")).isInstanceOf(StartException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"NONE", "POLL"})
    void loadAndUnload_otherModes_areRefused(ModelControlMode mode) throws Exception {
        start(mode);
        String text = "explicit model load / unload is not allowed if polling is enabled; this server runs with"
                + " --model-control-mode=" + mode.name().toLowerCase(Locale.ROOT)
                + ", start it with --model-control-mode=explicit";
        assertRefused(() -> control().load("a", LoadOverride.NONE), ErrorCode.UNAVAILABLE, text);
        assertRefused(() -> control().unload("a"), ErrorCode.UNAVAILABLE, text);
        assertThat(index()).containsExactly("a 1 READY", "b 1 READY");
    }

    @Test
    void load_thenUnload_servesInBetween() throws Exception {
        start(ModelControlMode.EXPLICIT);
        assertThat(index()).containsExactly("a", "b");
        load("a");
        acquire("a").release();
        assertThat(control().index(true)).extracting(RepositoryIndexEntry::name).containsExactly("a");
        control().unload("a");
        control().unload("nope");
        assertThatThrownBy(() -> acquire("a")).hasMessageContaining("has no available versions");
        assertThat(server().inference().models().isReady()).isTrue();
        load("a");
        acquire("a").release();
    }

    @Test
    void load_nothingChanged_keepsWhatIsServed() throws Exception {
        start(ModelControlMode.EXPLICIT);
        load("a");
        ServedModel served = served("a");
        Files.setLastModifiedTime(config("a"), FileTime.fromMillis(0));
        Files.writeString(config("a"), "# only a comment\n" + Files.readString(config("a")));
        load("a");
        assertThat(served("a")).isSameAs(served);
    }

    @Test
    void load_instanceGroupChanged_keepsTheModelAndChangesItsInstances() throws Exception {
        start(ModelControlMode.EXPLICIT);
        load("a");
        ServedModel served = served("a");
        for (int count : new int[]{3, 1, 2}) {
            repository.withIdentity("a", "TYPE_FP32", "-1", group(count));
            load("a");
            assertThat(served("a")).isSameAs(served);
            assertThat(served.config().instanceGroups().getFirst().count()).isEqualTo(count);
        }
        repository.withIdentity("a", "TYPE_FP32", "-1", "instance_group { kind: KIND_CPU passive: true }");
        assertRefused(() -> load("a"), ErrorCode.INVALID_ARG, "passive");
        assertThat(served("a")).isSameAs(served);
    }

    @Test
    void load_newVersion_keepsTheOldOneWhereThePolicySaysSo() throws Exception {
        repository.withIdentity("a", "TYPE_FP32", "-1", "version_policy { all {} }");
        start(ModelControlMode.EXPLICIT);
        load("a");
        ServedModel served = served("a");
        Files.createDirectory(directory.resolve("a").resolve("2"));
        load("a");
        assertThat(index()).containsExactly("a 1 READY", "a 2 READY", "b");
        ModelHandle<ServedModel> first = server().inference().models().acquire("a", "1");
        assertThat(first.model()).isSameAs(served);
        first.release();
        Files.delete(directory.resolve("a").resolve("1"));
        load("a");
        assertThat(server().inference().models().readyVersions("a")).containsExactly(2L);
    }

    @Test
    void load_brokenVersionIsTakenAway_serverIsReadyAgain() throws Exception {
        repository.withIdentity("a", "TYPE_FP32", "-1",
                "version_policy { all {} } parameters { key: \"execute_delay_ms\""
                        + " value { string_value: \"x\" } }");
        start(ModelControlMode.EXPLICIT);
        assertRefused(() -> load("a"), ErrorCode.INVALID_ARG, "load failed for model 'a'");
        assertThat(server().inference().models().isReady()).isFalse();
        control().unload("a");
        assertThat(server().inference().models().isReady()).isTrue();
    }

    @Test
    void load_groupsBeyondReason_areRefused() throws Exception {
        repository.withIdentity("a", "TYPE_FP32", "-1", group(Integer.MAX_VALUE));
        start(ModelControlMode.EXPLICIT);
        assertRefused(() -> load("a"), ErrorCode.INVALID_ARG, "must have a count of at most 1024, got 2147483647");
        repository.withIdentity("a", "TYPE_FP32", "-1", (group(500) + "\n").repeat(3));
        assertRefused(() -> load("a"), ErrorCode.INVALID_ARG,
                "must have at most 1024 instances in all of its groups, got 1500");
    }

    @Test
    void load_brokenNow_keepsServingAndSaysWhatIsWrong() throws Exception {
        start(ModelControlMode.EXPLICIT);
        load("a");
        String good = Files.readString(config("a"));
        ServedModel served = served("a");
        Files.writeString(config("a"), good.replace("identity", "nonesuch"));
        assertRefused(() -> load("a"), ErrorCode.INVALID_ARG,
                "load failed for model 'a': version 1 is at UNAVAILABLE state: Invalid argument: unable to find backend library");
        Files.writeString(config("a"), "bckend: 'x'");
        assertRefused(() -> load("a"), ErrorCode.INTERNAL,
                "failed to load 'a', failed to poll from model repository: ");
        assertThat(served("a")).isSameAs(served);
        Files.delete(directory.resolve("b").resolve("1"));
        assertRefused(() -> load("b"), ErrorCode.INVALID_ARG, "load failed for model 'b': at least one version must be"
                + " available under the version policy of model 'b'");
        assertRefused(() -> load("nope"), ErrorCode.INTERNAL,
                "failed to load 'nope', failed to poll from model repository");
    }

    @ParameterizedTest
    @ValueSource(strings = {"..", "../a", "/etc", "a/../b", "a..b", "a\\b"})
    void load_nameThatLeadsElsewhere_isRefusedInTritonsWords(String name) throws Exception {
        start(ModelControlMode.EXPLICIT);
        assertRefused(() -> load(name), ErrorCode.INVALID_ARG,
                "invalid model name '" + name + "', model name must not contain path traversal characters");
        control().unload(name);
    }

    @Test
    void load_nameThatIsNoDirectorys_isRefused() throws Exception {
        start(ModelControlMode.EXPLICIT);
        assertRefused(() -> load(""), ErrorCode.INVALID_ARG, "model name must not be empty");
        assertRefused(() -> load(" \t"), ErrorCode.INVALID_ARG,
                "model name must not contain only whitespace characters");
        assertRefused(() -> load(".git"), ErrorCode.INVALID_ARG, "model name must not begin with a dot");
        assertRefused(() -> load("a\0b"), ErrorCode.INVALID_ARG, "zero byte");
        assertRefused(() -> load("\u00e9".repeat(128)), ErrorCode.INVALID_ARG,
                "model name must not be longer than 255 bytes, got 256");
    }

    /** As in Triton, whose clients set a configuration once and load by name from then on. */
    @Test
    void load_withConfig_staysUntilTheFilesChange() throws Exception {
        start(ModelControlMode.EXPLICIT);
        override("a", 3);
        ServedModel served = served("a");
        assertThat(served.config().maxBatchSize()).isEqualTo(3);
        load("a");
        assertThat(served("a")).isSameAs(served);
        Files.writeString(config("a"), "# a comment\n" + Files.readString(config("a")));
        load("a");
        assertThat(served("a").config().maxBatchSize()).isEqualTo(8);
        override("a", 3);
        Files.createDirectory(directory.resolve("a").resolve("2"));
        load("a");
        assertThat(served("a").config().maxBatchSize()).isEqualTo(8);
        assertThat(server().inference().models().readyVersions("a")).containsExactly(2L);
    }

    @Test
    void load_withConfig_isForgottenByAnUnload() throws Exception {
        start(ModelControlMode.EXPLICIT);
        override("a", 3);
        control().unload("a");
        load("a");
        assertThat(served("a").config().maxBatchSize()).isEqualTo(8);
    }

    @Test
    void load_withBadConfig_changesNothing() throws Exception {
        start(ModelControlMode.EXPLICIT);
        override("a", 3);
        ServedModel served = served("a");
        for (String bad : List.of("{", "{\"nme\": 1}", json("b", 1))) {
            assertRefused(() -> control().load("a", new LoadOverride(Optional.of(bad), null)), ErrorCode.INTERNAL,
                    "failed to load 'a', failed to poll from model repository: Invalid config override: ");
        }
        load("a");
        assertThat(served("a")).isSameAs(served);
    }

    @Test
    void load_withFilesOfAModelOfTheRepository_isTakenBackByTheNextPlainLoad() throws Exception {
        start(ModelControlMode.EXPLICIT);
        load("a");
        control().load("a", new LoadOverride(Optional.of(json("a", 2)), files("7/model")));
        assertThat(index()).contains("a 7 READY");
        load("a");
        assertThat(served("a").config().maxBatchSize()).isEqualTo(8);
        assertThat(server().inference().models().readyVersions("a")).containsExactly(1L);
    }

    /** A model that cannot be read is none that the server waits for; one without a version to load is. */
    @Test
    void load_fails_indexSaysWhy() throws Exception {
        start(ModelControlMode.EXPLICIT);
        Files.writeString(config("a"), "bckend: 'x'");
        assertRefused(() -> load("a"), ErrorCode.INTERNAL, "failed to poll from model repository");
        assertThat(control().index(false).getFirst()).satisfies(entry -> {
            assertThat(entry.state()).isEqualTo(ModelState.UNAVAILABLE);
            assertThat(entry.reason()).startsWith("Invalid argument: ").contains("bckend");
        });
        assertThat(server().inference().models().isReady()).isTrue();
        assertThatThrownBy(() -> acquire("a")).hasMessage("Request for unknown model: 'a' is not found");
        control().unload("a");
        assertThat(index()).containsExactly("a", "b");
    }

    @Test
    void load_withFiles_servesAModelThatIsInNoRepository() throws Exception {
        start(ModelControlMode.EXPLICIT);
        control().load("new", new LoadOverride(Optional.of(json("new", 2)), files("7/labels.txt")));
        assertThat(index()).containsExactly("a", "b", "new 7 READY");
        assertRefused(() -> load("new"), ErrorCode.INTERNAL,
                "failed to load 'new', failed to poll from model repository: no model repository has a directory");
        assertThat(index()).as("as in Triton").contains("new 7 READY");
        control().unload("new");
        assertRefused(() -> control().load("new", new LoadOverride(Optional.empty(), new OverrideFiles())),
                ErrorCode.INTERNAL,
                "failed to load 'new', failed to poll from model repository: Load parameter 'config'"
                        + " must be specified for model file override");
    }

    @Test
    void load_operatorLibraryByUpload_isRefusedUnlessClientsMayRunCode() throws Exception {
        String config = libraries("1/x.so");
        start(ModelControlMode.EXPLICIT);
        assertRefused(() -> control().load("new", new LoadOverride(Optional.of(config), files("1/x.so"))),
                ErrorCode.INVALID_ARG, "failed to load 'new': the load request would bring native code into the server:"
                        + " model_operations.op_library_filename '1/x.so'; leave that out");
        assertThat(index()).containsExactly("a", "b");
        stop();
        start(ModelControlConfig.DEFAULT.withStartup(ModelControlMode.EXPLICIT, List.of()).withClientNativeCode(true));
        LoadOverride withModel = new LoadOverride(Optional.of(config), files("1/x.so", "1/model.onnx"));
        assertRefused(() -> control().load("new", withModel), ErrorCode.INVALID_ARG, "x.so: file too short");
    }

    /**
     * What the repository's own configuration names is the operator's; a client may name nothing else of the folder.
     */
    @Test
    void load_operatorLibraryOfTheRepository_mayBeKeptAndNotAdded() throws Exception {
        repository.withModel("own", "backend: 'onnxruntime' model_operations { op_library_filename: '1/own.so' }");
        Files.writeString(directory.resolve("own/1/own.so"), "x");
        Files.writeString(directory.resolve("own/1/model.onnx"), "x");
        start(ModelControlMode.EXPLICIT);
        assertRefused(() -> control().load("own", new LoadOverride(Optional.of(libraries("1/own.so")), null)),
                ErrorCode.INVALID_ARG, "own.so: file too short");
        assertRefused(
                () -> control().load("own", new LoadOverride(Optional.of(libraries("1/own.so\",\"1/b.so")), null)),
                ErrorCode.INVALID_ARG, "would bring native code into the server: model_operations.op_library_filename"
                        + " '1/b.so'; ");
        assertRefused(
                () -> control().load("own", new LoadOverride(Optional.of(libraries("1/own.so")), files("1/own.so"))),
                ErrorCode.INVALID_ARG, "would bring native code into the server");
    }

    private static String libraries(String names) {
        return "{\"backend\":\"onnxruntime\",\"model_operations\":{\"op_library_filename\":[\"" + names + "\"]}}";
    }

    private void override(String model, int maxBatchSize) throws InferenceException {
        control().load(model, new LoadOverride(Optional.of(json(model, maxBatchSize)), null));
    }

    private static OverrideFiles files(String... paths) {
        OverrideFiles files = new OverrideFiles();
        for (String path : paths) {
            try (var file = files.create(path)) {
                file.write("x".getBytes(StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return files;
    }

    private static String json(String name, int maxBatchSize) {
        return """
                {"name":"%s","backend":"identity","max_batch_size":%d,
                 "input":[{"name":"IN","data_type":"TYPE_FP32","dims":[-1]}],
                 "output":[{"name":"OUT","data_type":"TYPE_FP32","dims":["-1"]}]}""".formatted(name, maxBatchSize);
    }

    private static String group(int count) {
        return "instance_group { kind: KIND_CPU count: " + count + " }";
    }

    private void start(ModelControlMode mode, String... models) throws StartException {
        start(ModelControlConfig.DEFAULT.withStartup(mode, List.of(models)));
    }

    private void start(ModelControlConfig control) throws StartException {
        ServerConfig config = ServerConfig.of(directory).withHttp(HttpConfig.DEFAULT.withEnabled(false))
                .withGrpc(GrpcConfig.DEFAULT.withEnabled(false));
        server = ModelServer.start(config.withRepositories(config.repositories()
                .withControl(control)));
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

    private ModelHandle<ServedModel> acquire(String model) throws InferenceException {
        return server().inference().models().acquire(model, "");
    }

    private ServedModel served(String model) throws InferenceException {
        ModelHandle<ServedModel> handle = acquire(model);
        handle.release();
        return handle.model();
    }

    private Path config(String model) {
        return directory.resolve(model).resolve("config.pbtxt");
    }

    private List<String> index() throws InferenceException {
        return control().index(false).stream().map(entry -> entry.name() + (entry.version().isEmpty() ? ""
                : " " + entry.version().getAsLong() + " " + entry.state())).toList();
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
