package io.nereid.backend.python;

import io.nereid.backend.Abandonment;
import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.CpuBudget;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.RunningModel;
import io.nereid.backend.device.CudaDevices;
import io.nereid.backend.worker.message.FrameWriter;
import io.nereid.backend.worker.message.MessageType;
import io.nereid.backend.worker.process.StandIn;
import io.nereid.backend.workermemory.FileWorkerMemory;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorMemory;
import io.nereid.modelrepo.config.ModelConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** When a model is asked for its configuration, and what becomes of its answer, by a script in place of Python. */
@Timeout(120)
class AutoCompleteTest {
    private static final String WHOLE = """
            backend: "python"
            input { name: "IN" data_type: TYPE_FP32 dims: -1 }
            output { name: "OUT" data_type: TYPE_FP32 dims: -1 }
            """;
    private static final String PART = "backend: \"python\" output { name: \"OUT\" data_type: TYPE_FP32 dims: -1 }";
    private static final String ANSWER = """
            {"name": "m", "backend": "python", "max_batch_size": 8,
             "input": [{"name": "IN", "data_type": "TYPE_INT64", "dims": [2]}],
             "output": [{"name": "OUT", "data_type": "TYPE_INT64", "dims": [2]}]}
            """;

    @TempDir
    private Path folder;
    private final FileWorkerMemory shared = new FileWorkerMemory(1 << 20, 1 << 20, Path.of("/tmp"), "");
    private Path version;

    @BeforeEach
    void makeModel() throws IOException {
        System.setProperty("nereid.python.path", Path.of("src/main/python").toAbsolutePath().toString());
        version = Files.createDirectories(folder.resolve("m/1"));
    }

    @AfterEach
    void close() {
        shared.close();
    }

    /** What it becomes where a worker does that; the script notes that it ran. */
    private ModelConfig complete(String config, String... lines) throws Exception {
        Path script = StandIn.script(folder, "echo ran >> " + folder + "/ran\n", String.join("", lines));
        PythonSettings settings = PythonSettings.of(Map.of("python-runtime", script.toString()));
        BackendEnvironment environment = new BackendEnvironment(new TensorMemory(1 << 20, 1 << 20), Map.of(),
                new CpuBudget(1), CudaDevices.NONE);
        try (Workers workers = new Workers(settings, environment, shared, new RecordedServices())) {
            ModelConfig incomplete = RunningModel.config("m", config);
            return new AutoComplete(workers).complete(new ModelVersion("m", 1, folder.resolve("m"), version),
                    incomplete, ModelParameters.of(incomplete), new Abandonment());
        }
    }

    private boolean ran() {
        return Files.exists(folder.resolve("ran"));
    }

    private static String answer(FrameWriter frame) {
        return StandIn.print(frame.end()) + StandIn.WAIT;
    }

    private static String config(String text) {
        return answer(new FrameWriter(64).begin(MessageType.CONFIG).flag(true).str(text));
    }

    private static String unchanged() {
        return answer(new FrameWriter(64).begin(MessageType.CONFIG).flag(false));
    }

    @Test
    void complete_wholeOfAModelWithoutTheFunction_startsNoWorker() throws Exception {
        Files.writeString(version.resolve("model.py"), "class TritonPythonModel: pass");
        Files.writeString(version.resolve("notes.txt"), "auto_complete_config");
        assertThat(complete(WHOLE, config(ANSWER)).maxBatchSize()).isZero();
        assertThat(ran()).isFalse();
    }

    @Test
    void complete_wholeOfAModelThatNamesTheFunction_isAsked() throws Exception {
        Files.write(version.resolve("model.py"), new byte[]{(byte) 0xff, '\n'});
        Files.writeString(folder.resolve("m/shared.py"), "def auto_complete_config(c): return c");
        ModelConfig completed = complete(WHOLE, config(ANSWER));
        assertThat(completed.maxBatchSize()).isEqualTo(8);
        assertThat(completed.inputs()).singleElement().satisfies(
                input -> assertThat(input.dataType().wireName()).isEqualTo("INT64"));
        assertThat(ran()).isTrue();
    }

    @Test
    void complete_wholeWhoseFilesCannotBeListed_isAsked() throws Exception {
        Files.delete(version);
        assertThat(complete(WHOLE, unchanged()).inputs()).hasSize(1);
        assertThat(ran()).isTrue();
    }

    @Test
    void complete_partOfAConfiguration_isAskedWhateverTheFilesSay() throws Exception {
        ModelConfig completed = complete(PART, unchanged());
        assertThat(ran()).isTrue();
        assertThat(completed.inputs()).isEmpty();
        assertThat(completed.outputs()).hasSize(1);
    }

    @Test
    void complete_modelFails_isItsErrorWithItsCode() {
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> complete(PART, answer(new FrameWriter(64)
                .begin(MessageType.FAILED).error(new InferenceException(ErrorCode.INVALID_ARG, "no torch")))))
                .withMessage("no torch").satisfies(error -> assertThat(error.code()).isEqualTo(ErrorCode.INVALID_ARG));
    }

    @Test
    void complete_answerThatIsNoConfiguration_saysWhatIsWrong() {
        for (String text : new String[]{"{", "[]", "{\"no_such_field\": 1}", "{\"max_batch_size\": \"many\"}"}) {
            assertThatExceptionOfType(Exception.class).as(text).isThrownBy(() -> complete(PART, config(text)))
                    .withMessageContaining("auto_complete_config");
        }
    }

    @Test
    void complete_answerOfNoWorker_endsTheWorkerAndSaysSo() {
        for (String lines : new String[]{answer(new FrameWriter(64).begin(MessageType.EXECUTED)),
                answer(new FrameWriter(64).begin(MessageType.CONFIG)),
                answer(new FrameWriter(64).begin(MessageType.CONFIG).flag(true).u32(9))}) {
            assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> complete(PART, lines))
                    .withMessageContaining("answered what no worker answers")
                    .satisfies(error -> assertThat(error.code()).isEqualTo(ErrorCode.INTERNAL));
        }
    }

    @Test
    void complete_workerIsKilled_isTheServersError() {
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> complete(PART, "kill -KILL $$\n"))
                .withMessageContaining("Stub process 'm' is not healthy.")
                .satisfies(error -> assertThat(error.code()).isEqualTo(ErrorCode.INTERNAL));
    }

    @Test
    void complete_nameThatAShellWouldRead_startsNoWorker() throws Exception {
        Path script = StandIn.script(folder, "echo ran >> " + folder + "/ran\n");
        BackendEnvironment environment = new BackendEnvironment(new TensorMemory(1 << 20, 1 << 20), Map.of(),
                new CpuBudget(1), CudaDevices.NONE);
        try (Workers workers = new Workers(PythonSettings.of(Map.of("python-runtime", script.toString())), environment,
                shared, new RecordedServices())) {
            ModelConfig config = RunningModel.config("m", PART);
            assertThatExceptionOfType(InferenceException.class)
                    .isThrownBy(() -> new AutoComplete(workers).complete(new ModelVersion("m;rm", 1,
                            folder.resolve("m"), version), config, ModelParameters.of(config),
                            new Abandonment()))
                    .withMessageContaining("Invalid stub name");
        }
        assertThat(ran()).isFalse();
    }
}
