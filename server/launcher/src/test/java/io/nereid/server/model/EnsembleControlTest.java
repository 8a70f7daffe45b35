package io.nereid.server.model;

import io.nereid.inference.Await;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
import io.nereid.server.ModelServer;
import io.nereid.server.ServerConfig;
import io.nereid.server.StartException;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.inference.InferenceResult;
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

import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Ensembles and the models that they are made of, on a whole server without ports. */
@Timeout(120)
class EnsembleControlTest {
    @TempDir
    private Path directory;
    private TestRepository repository;
    private @Nullable ModelServer server;

    /** An ensemble of two steps; {@code shared} has one of them, too. */
    @BeforeEach
    void fill() {
        repository = new TestRepository(directory).withIdentity("a", "TYPE_FP32", "-1", "")
                .withIdentity("b", "TYPE_FP32", "-1", "").withModel("e", ensemble("a", "b"))
                .withModel("shared", ensemble("b", "b"));
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
            server = null;
        }
    }

    private static String ensemble(String first, String second) {
        return """
                platform: "ensemble"
                max_batch_size: 4
                input { name: "IN" data_type: TYPE_FP32 dims: -1 }
                output { name: "OUT" data_type: TYPE_FP32 dims: -1 }
                ensemble_scheduling { step [
                  { model_name: "%s" model_version: -1 input_map { key: "IN" value: "IN" }
                    output_map { key: "OUT" value: "t" } },
                  { model_name: "%s" model_version: -1 input_map { key: "IN" value: "t" }
                    output_map { key: "OUT" value: "OUT" } } ] }
                """.formatted(first, second);
    }

    @Test
    void start_servesEnsemblesOfEnsembles() throws Exception {
        repository.withModel("0", ensemble("e", "shared"));
        start(ModelControlMode.NONE);
        assertThat(index()).containsExactly("0 READY ", "a READY ", "b READY ", "e READY ", "shared READY ");
        assertThat(infer("0", 1, 2, 3)).containsExactly(1, 2, 3);
        assertThat(served("a").statistics().snapshot().inferenceCount()).isEqualTo(1);
        assertThat(served("b").statistics().snapshot().inferenceCount()).isEqualTo(3);
        assertThat(served("0").statistics().snapshot().executionCount()).isEqualTo(1);
    }

    @Test
    void start_whatIsMissing_isTheReasonOfTheEnsemble() throws Exception {
        repository.withModel("0", ensemble("nope", "zilch")).withModel("x", ensemble("y", "a"))
                .withModel("y", ensemble("x", "a")).withModel("bad", "backend: 'identity' max_batch_size: -1")
                .withModel("f", ensemble("bad", "a")).withModel("broken", "backend: 'onnxruntime'")
                .withModel("g", ensemble("broken", "a"))
                .withModel("h", ensemble("a", "b").replaceFirst("model_version: -1", "model_version: 7"));
        start(ModelControlMode.NONE);
        assertThat(reason("0")).isEqualTo(
                "Invalid argument: ensemble 0 contains models that are not available or ambiguous: nope, zilch");
        assertThat(reason("x") + reason("y")).contains("circular dependency between ensembles: ")
                .contains("which has no loaded version. Model '");
        assertThat(reason("f")).startsWith("Invalid argument: ensemble 'f' depends on 'bad' which is not valid."
                + " Model 'bad' failed with error: ");
        assertThat(reason("g")).startsWith("Invalid argument: ensemble 'g' depends on 'broken' which has no loaded"
                + " version. Model 'broken' loading failed with error: ");
        assertThat(reason("h")).isEqualTo(
                "Invalid argument: ensemble 'h' depends on 'a' whose required version 7 is not loaded.");
        assertThat(infer("e", 1)).containsExactly(1);
    }

    @Test
    void load_ensemble_loadsItsModelsFirst_andUnloadLeavesThem() throws Exception {
        start(ModelControlMode.EXPLICIT);
        control().load("e", LoadOverride.NONE);
        assertThat(ready()).containsExactly("a", "b", "e");
        assertThat(infer("e", 5)).containsExactly(5);
        control().unload("e");
        assertThat(ready()).containsExactly("a", "b");
    }

    @Test
    void unload_withItsModels_takesThoseThatNobodyElseWants() throws Exception {
        start(ModelControlMode.EXPLICIT);
        control().load("e", LoadOverride.NONE);
        control().load("shared", LoadOverride.NONE);
        control().unload("e", true);
        assertThat(ready()).as("b is the other one's, too").containsExactly("b", "shared");
        control().load("a", LoadOverride.NONE);
        control().load("e", LoadOverride.NONE);
        control().unload("shared", true);
        control().unload("e", true);
        assertThat(ready()).as("a was loaded by name").containsExactly("a");
    }

    @Test
    void unload_model_takesTheEnsembleAlong_andBringsItBack() throws Exception {
        repository.withModel("0", ensemble("e", "shared"));
        start(ModelControlMode.EXPLICIT, "0");
        assertThat(ready()).containsExactly("0", "a", "b", "e", "shared");
        control().unload("a");
        assertThat(ready()).containsExactly("b", "shared");
        assertThatThrownBy(() -> infer("e", 1)).hasMessageContaining("has no available versions");
        control().load("a", LoadOverride.NONE);
        assertThat(ready()).containsExactly("0", "a", "b", "e", "shared");
        assertThat(infer("0", 4)).containsExactly(4);
        control().unload("0");
        control().unload("a");
        control().load("a", LoadOverride.NONE);
        assertThat(ready()).as("0 was unloaded by name").containsExactly("a", "b", "e", "shared");
    }

    @Test
    void load_modelAnew_isTakenUp() throws Exception {
        start(ModelControlMode.EXPLICIT, "e");
        ServedModel before = served("e");
        repository.withIdentity("a", "TYPE_FP32", "-1", "dynamic_batching { }");
        control().load("a", LoadOverride.NONE);
        assertThat(served("e")).isNotSameAs(before);
        infer("e", 1);
        assertThat(served("a").statistics().snapshot().inferenceCount()).isEqualTo(1);
        before = served("e");
        repository.withIdentity("b", "TYPE_FP32", "-1", "dynamic_batching { }");
        control().load("e", LoadOverride.NONE);
        assertThat(served("e")).as("what it needs is looked at, too").isNotSameAs(before);
        before = served("e");
        control().load("e", LoadOverride.NONE);
        assertThat(served("e")).as("nothing has changed").isSameAs(before);
    }

    @Test
    void load_modelThatFitsNoMore_leavesTheEnsembleOnTheOneItHad() throws Exception {
        start(ModelControlMode.EXPLICIT, "e");
        ServedModel before = served("e");
        repository.withIdentity("a", "TYPE_INT32", "-1", "");
        control().load("a", LoadOverride.NONE);
        assertThat(served("a").config().inputs().getFirst().dataType()).hasToString("INT32");
        assertThat(served("e")).isSameAs(before);
        assertThat(infer("e", 1, 2)).containsExactly(1, 2);
        assertThatThrownBy(() -> control().load("e", LoadOverride.NONE)).isInstanceOf(InferenceException.class)
                .hasMessageContaining("inconsistent data type");
        assertThat(infer("e", 1, 2)).containsExactly(1, 2);
        repository.withIdentity("a", "TYPE_FP32", "-1", "dynamic_batching { }");
        control().load("a", LoadOverride.NONE);
        assertThat(served("e")).isNotSameAs(before);
    }

    @Test
    void unload_whileARequestRuns_letsItReachItsLastStep() throws Exception {
        repository.withIdentity("a", "TYPE_FP32", "-1",
                "parameters { key: 'execute_delay_ms' value { string_value: '1000' } }");
        start(ModelControlMode.EXPLICIT, "e");
        Thread request = Thread.ofPlatform().unstarted(() -> {
            try {
                infer("e", 1);
            } catch (InferenceException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        Throwable[] failed = new Throwable[1];
        request.setUncaughtExceptionHandler((_, e) -> failed[0] = e);
        request.start();
        ServedModel first = served("a");
        Await.until(() -> first.inFlight().requests() != 0 || !request.isAlive());
        control().unload("b");
        assertThat(ready()).containsExactly("a");
        request.join();
        assertThat(failed[0]).isNull();
    }

    private void start(ModelControlMode mode, String... models) throws StartException {
        ServerConfig config = ServerConfig.of(directory).withHttp(HttpConfig.DEFAULT.withEnabled(false))
                .withGrpc(GrpcConfig.DEFAULT.withEnabled(false)).withExitOnError(false);
        server = ModelServer.start(config.withRepositories(config.repositories()
                .withControl(ModelControlConfig.DEFAULT.withStartup(mode, List.of(models)))));
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

    private float[] infer(String model, float... row) throws InferenceException, InterruptedException {
        try (InferenceResult result = server().inference().request(model).input("IN", row, 1, row.length).infer()) {
            return result.output("OUT").floats();
        }
    }

    private ServedModel served(String model) throws InferenceException {
        ModelHandle<ServedModel> handle = server().inference().models().acquire(model, "");
        handle.release();
        return handle.model();
    }

    private List<String> ready() throws InferenceException {
        return control().index(true).stream().map(RepositoryIndexEntry::name).toList();
    }

    private List<String> index() throws InferenceException {
        return control().index(false).stream().map(entry -> entry.name() + " " + entry.state() + " " + entry.reason())
                .toList();
    }

    private String reason(String model) throws InferenceException {
        return control().index(false).stream().filter(entry -> entry.name().equals(model)).findFirst().orElseThrow()
                .reason();
    }
}
