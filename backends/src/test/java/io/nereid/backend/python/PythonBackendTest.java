package io.nereid.backend.python;

import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.CpuBudget;
import io.nereid.backend.ModelCall;
import io.nereid.backend.ModelMetrics;
import io.nereid.backend.ModelServices;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.Requests;
import io.nereid.backend.RunningModel;
import io.nereid.backend.device.CudaDevices;
import io.nereid.backend.workermemory.FileWorkerMemory;
import io.nereid.inference.Await;
import io.nereid.inference.Cancellation;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.Shape;
import io.nereid.inference.StreamListener;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

/** Models in real workers: needs a Python with numpy, as NEREID_TEST_PYTHON or python3. */
@Timeout(120)
final class PythonBackendTest {
    private static final String INPUTS_AND_OUTPUTS = """
            input { name: "IN" data_type: TYPE_FP32 dims: -1 }
            output { name: "OUT" data_type: TYPE_FP32 dims: -1 }
            """;
    private static final String IDENTITY = """
            import triton_python_backend_utils as pb_utils
            class TritonPythonModel:
                def execute(self, requests):
                    return [pb_utils.InferenceResponse([pb_utils.Tensor("OUT", r.inputs()[0].as_numpy())])
                            for r in requests]
            """;
    private static String python = "python3";

    @TempDir
    private Path folder;
    private final TensorMemory memory = new PoisonedMemory(1 << 24, 1 << 20);
    private final FileWorkerMemory shared = new FileWorkerMemory(1 << 26, 1 << 20, Path.of("/tmp"), "");
    private final Services services = new Services();

    /** Answers each call by its inputs. */
    private static final class Services implements ModelServices {
        private final List<String> called = new CopyOnWriteArrayList<>();

        @Override
        public Cancellation infer(ModelCall call, ResponseListener listener) {
            called.add(call.caller() + " calls " + call.model());
            List<Tensor> outputs = new ArrayList<>();
            call.inputs().forEach(input -> outputs.add(new Tensor("OUT", input.dataType(), input.shape(),
                    input.memory())));
            listener.onResponse(new InferenceResponse(outputs, Map.of(), call.memory()), true);
            return () -> {
            };
        }

        @Override
        public void load(String waiting, String model, String config, Map<String, MemorySegment> files) {
            called.add("load " + model);
        }

        @Override
        public void unload(String model, boolean dependents) throws InferenceException {
            throw new InferenceException(ErrorCode.UNAVAILABLE, "explicit model load / unload is not allowed");
        }

        @Override
        public boolean isReady(String model, String version) {
            return model.equals("ready");
        }

        @Override
        public ModelMetrics openMetrics() {
            throw new AssertionError("no model here has metrics");
        }
    }

    @BeforeAll
    static void find_pythonWithNumpy_isThere() throws Exception {
        String given = System.getenv("NEREID_TEST_PYTHON");
        python = given == null ? "python3" : given;
        Process process = new ProcessBuilder(python, "-c", "import numpy").redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        assumeThat(process.waitFor()).as(python + " has numpy").isZero();
        System.setProperty("nereid.python.path", Path.of("src/main/python").toAbsolutePath().toString());
    }

    /** Whoever sees the worker's end first gives back what it had, maybe while the model's close returns. */
    @AfterEach
    void memory_afterEachTest_isGivenBack() {
        Await.until(() -> memory.bytesInUse() == 0 && shared.memory().bytesInUse() == 0);
        shared.close();
    }

    private PythonBackend backend() throws InferenceException {
        return new PythonBackend(new BackendEnvironment(memory, Map.of("python-runtime", python), new CpuBudget(1),
                CudaDevices.NONE), shared, services);
    }

    private RunningModel start(String config, String source) throws InferenceException, IOException {
        Path version = Files.createDirectories(folder.resolve("m/1"));
        Files.writeString(version.resolve("model.py"), source);
        return RunningModel.start(backend(), new ModelVersion("m", 1, folder.resolve("m"), version),
                RunningModel.config("m", "backend: \"python\" " + config));
    }

    private InferenceRequest floats(float... values) throws InferenceException {
        return Requests.in(memory).floats("IN", Shape.of(values.length), values).build();
    }

    private static byte[] output(InferenceResponse response) {
        byte[] data = Requests.data(Requests.output(response, "OUT"));
        response.memory().release();
        return data;
    }

    @Test
    void execute_shortAndLongTensors_comeBackAsTheyWere() throws Exception {
        try (RunningModel model = start(INPUTS_AND_OUTPUTS, IDENTITY)) {
            for (int length : new int[]{0, 1, 2048, 2049, 100_000}) {
                float[] values = new float[length];
                for (int i = 0; i < length; i++) {
                    values[i] = i;
                }
                assertThat(output(model.runOne(floats(values)))).isEqualTo(Requests.bytes(values));
            }
        }
    }

    @Test
    void execute_newLongOutputs_comeInTheOutputExtent() throws Exception {
        try (RunningModel model = start(INPUTS_AND_OUTPUTS, IDENTITY.replace("as_numpy()", "as_numpy() * 2"))) {
            float[] values = new float[50_000];
            Arrays.fill(values, 1);
            float[] doubled = new float[50_000];
            Arrays.fill(doubled, 2);
            for (int i = 0; i < 3; i++) {
                assertThat(output(model.runOne(floats(values)))).isEqualTo(Requests.bytes(doubled));
            }
        }
    }

    @Test
    void execute_inputsThatTheModelKeeps_areHeldUntilItLetsGo() throws Exception {
        String keeping = """
                import triton_python_backend_utils as pb_utils
                class TritonPythonModel:
                    kept = None
                    def execute(self, requests):
                        before = self.kept
                        self.kept = requests[0].inputs()[0].as_numpy()
                        return [pb_utils.InferenceResponse([pb_utils.Tensor("OUT",
                            self.kept if before is None else before)])]
                """;
        try (RunningModel model = start(INPUTS_AND_OUTPUTS, keeping)) {
            float[] first = new float[10_000];
            first[9_999] = 7;
            output(model.runOne(floats(first)));

            assertThat(shared.memory().bytesInUse()).isPositive();
            assertThat(output(model.runOne(floats(new float[9_000])))).isEqualTo(Requests.bytes(first));
        }
    }

    @Test
    void execute_exception_failsTheRequestsWithTheTracebackAndLivesOn() throws Exception {
        String source = """
                import triton_python_backend_utils as pb_utils
                class TritonPythonModel:
                    def execute(self, requests):
                        if requests[0].inputs()[0].as_numpy()[0] < 0:
                            raise ValueError("negative")
                        return [pb_utils.InferenceResponse([]) for r in requests]
                """;
        try (RunningModel model = start(INPUTS_AND_OUTPUTS, source)) {
            for (Object outcome : model.run(floats(-1), floats(1))) {
                assertThat(outcome).isInstanceOf(InferenceException.class);
                assertThat(((InferenceException) outcome).text())
                        .startsWith("Failed to process the request(s) for model"
                                + " 'm_0', message: ValueError: negative\n\nAt:\n")
                        .contains("model.py(5): execute");
            }
            model.runOne(floats(1)).memory().release();
        }
    }

    @Test
    void execute_processDies_failsTheRequestInTritonsWordsAndSaysHow() throws Exception {
        String source = """
                import os
                class TritonPythonModel:
                    def execute(self, requests):
                        print("last words")
                        os.kill(os.getpid(), 9)
                """;
        try (RunningModel model = start(INPUTS_AND_OUTPUTS, source)) {
            InferenceException e = (InferenceException) model.run(floats(1)).getFirst();

            assertThat(e.code()).isEqualTo(ErrorCode.INTERNAL);
            assertThat(e.text()).isEqualTo("Stub process 'm_0' is not healthy. It ended by signal 9 (SIGKILL). Its last"
                    + " output:\nlast words");
        }
    }

    @Test
    void execute_longerThanItsLimit_failsTheRequest() throws Exception {
        String source = """
                import time
                class TritonPythonModel:
                    def execute(self, requests):
                        time.sleep(1000)
                """;
        String config = INPUTS_AND_OUTPUTS
                + "parameters { key: 'execute_timeout_ms' value { string_value: '50' } }";
        try (RunningModel model = start(config, source)) {
            InferenceException e = (InferenceException) model.run(floats(1)).getFirst();

            assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE);
            assertThat(e.text()).contains("longer than execute_timeout_ms allows, 50 ms");
        }
    }

    @Test
    void execute_missingResponse_isAnError() throws Exception {
        String source = """
                class TritonPythonModel:
                    def execute(self, requests):
                        return None
                """;
        try (RunningModel model = start(INPUTS_AND_OUTPUTS, source)) {
            InferenceException e = (InferenceException) model.run(floats(1)).getFirst();

            assertThat(e.text()).contains("returned no response for the request");
        }
    }

    @Test
    void execute_answersAfterItHasReturned_isSent() throws Exception {
        String source = """
                import threading
                import triton_python_backend_utils as pb_utils
                class TritonPythonModel:
                    def execute(self, requests):
                        for request in requests:
                            threading.Timer(0.05, self.answer, (request.get_response_sender(), )).start()
                        return None
                    def answer(self, sender):
                        sender.send(pb_utils.InferenceResponse([]), flags=pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL)
                """;
        try (RunningModel model = start(INPUTS_AND_OUTPUTS, source)) {
            for (int i = 0; i < 3; i++) {
                for (InferenceResponse response : model.runAll(floats(1), floats(2))) {
                    response.memory().release();
                }
            }
        }
    }

    private static final String STREAM = """
            import threading
            import numpy as np
            import triton_python_backend_utils as pb_utils
            class TritonPythonModel:
                def execute(self, requests):
                    for request in requests:
                        values = request.inputs()[0].as_numpy().copy()
                        threading.Thread(target=self.answer, args=(request.get_response_sender(), values)).start()
                def answer(self, sender, values):
                    for value in values:
                        sender.send(pb_utils.InferenceResponse([pb_utils.Tensor("OUT", np.full(5000, value))]))
                    sender.send(flags=pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL)
            """;

    @Test
    void execute_decoupled_sendsAllResponsesThenTheEnd() throws Exception {
        List<Integer> lengths = new CopyOnWriteArrayList<>();
        StreamListener listener = new StreamListener(
                response -> lengths.add((int) Requests.output(response, "OUT").byteSize()));
        try (RunningModel model = start(INPUTS_AND_OUTPUTS + "model_transaction_policy { decoupled: true }", STREAM)) {
            model.stream(floats(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), listener);

            assertThat(listener.end()).isEqualTo("end");
        }
        assertThat(lengths).hasSize(10).containsOnly(20_000);
    }

    @Test
    void execute_decoupledProcessDies_endsItsStreams() throws Exception {
        StreamListener listener = new StreamListener();
        String dying = STREAM.replace("sender.send(flags=", "import os; os._exit(3)  # ");
        try (RunningModel model = start(INPUTS_AND_OUTPUTS + "model_transaction_policy { decoupled: true }", dying)) {
            model.stream(floats(1), listener);

            assertThat(listener.end()).isInstanceOf(InferenceException.class);
            assertThat(((InferenceException) listener.end()).text()).startsWith("Stub process 'm_0' is not healthy. It"
                    + " ended by exit code 3.");
        }
    }

    @Test
    void execute_callsAnotherModel_longTensorsStayWhereTheyAre() throws Exception {
        String source = """
                import triton_python_backend_utils as pb_utils
                class TritonPythonModel:
                    def execute(self, requests):
                        responses = []
                        for request in requests:
                            called = pb_utils.InferenceRequest(model_name="other", requested_output_names=["OUT"],
                                                               inputs=request.inputs()).exec()
                            responses.append(pb_utils.InferenceResponse(called.output_tensors()))
                        return responses
                """;
        try (RunningModel model = start(INPUTS_AND_OUTPUTS, source)) {
            for (int length : new int[]{4, 50_000}) {
                float[] values = new float[length];
                values[length - 1] = 3;
                assertThat(output(model.runOne(floats(values)))).isEqualTo(Requests.bytes(values));
            }
        }
        assertThat(services.called).containsExactly("m calls other", "m calls other");
    }

    @Test
    void initialize_asksTheServer_isAnswered() throws Exception {
        String source = """
                import triton_python_backend_utils as pb_utils
                class TritonPythonModel:
                    def initialize(self, args):
                        pb_utils.load_model("other")
                        assert pb_utils.is_model_ready("ready") and not pb_utils.is_model_ready("other")
                        try:
                            pb_utils.unload_model("other")
                        except pb_utils.TritonModelException as e:
                            assert "explicit model load" in str(e), str(e)
                        else:
                            assert False, "no exception"
                    def execute(self, requests):
                        return []
                """;
        start(INPUTS_AND_OUTPUTS, source).close();

        assertThat(services.called).containsExactly("load other");
    }

    @Test
    void createInstance_initializeFails_saysWhy() {
        String source = """
                class TritonPythonModel:
                    def initialize(self, args):
                        raise RuntimeError("no weights in " + args["model_name"])
                """;
        InferenceException e = catchThrowableOfType(InferenceException.class, () -> start(INPUTS_AND_OUTPUTS, source));

        assertThat(e.code()).isEqualTo(ErrorCode.INTERNAL);
        assertThat(e.text()).startsWith("RuntimeError: no weights in m\n\nAt:\n").contains("model.py(3): initialize");
    }

    @Test
    void createInstance_processDies_saysHow() {
        InferenceException e = catchThrowableOfType(InferenceException.class,
                () -> start(INPUTS_AND_OUTPUTS, "import os\nos._exit(5)\n"));

        assertThat(e.text()).isEqualTo("Stub process 'm_0' is not healthy. It ended by exit code 5.");
    }

    @Test
    void complete_functionOfTheModel_fillsInTheConfiguration() throws Exception {
        String source = IDENTITY + """
                    @staticmethod
                    def auto_complete_config(config):
                        config.add_input({"name": "IN", "data_type": "TYPE_FP32", "dims": [-1]})
                        config.add_output({"name": "OUT", "data_type": "TYPE_FP32", "dims": [-1]})
                        config.set_max_batch_size(8)
                        config.set_dynamic_batching()
                        return config
                """;
        try (RunningModel model = start("", source)) {
            assertThat(model.config().maxBatchSize()).isEqualTo(8);
            assertThat(model.config().inputs()).hasSize(1);
            assertThat(model.config().outputs()).hasSize(1);
        }
    }

    @Test
    void complete_processDies_saysHow() {
        InferenceException e = catchThrowableOfType(InferenceException.class,
                () -> start("", "import os\nprint('bye')\nos._exit(5)\n"));

        assertThat(e.text())
                .isEqualTo("Stub process 'm' is not healthy. It ended by exit code 5. Its last output:\nbye");
    }

    @Test
    void complete_noFile_saysWhereItWasExpected() throws Exception {
        ModelVersion version = new ModelVersion("m", 1, folder, folder.resolve("1"));
        try (PythonBackend backend = backend()) {
            assertThatThrownBy(() -> backend.complete(version, RunningModel.config("m", "backend: \"python\"")))
                    .hasMessage("Failed to preinitialize Python stub: Python model file not found in '"
                            + folder.resolve("1/model.py") + "'");
        }
    }

    @Test
    void execute_outputContradictsTheConfiguration_isSentUnlessStrict() throws Exception {
        String source = IDENTITY.replace("as_numpy()", "as_numpy().astype('int32')");
        try (RunningModel model = start(INPUTS_AND_OUTPUTS, source)) {
            InferenceResponse response = model.runOne(floats(1));
            assertThat(Requests.output(response, "OUT").dataType().name()).isEqualTo("INT32");
            response.memory().release();
        }
        try (RunningModel model = start(INPUTS_AND_OUTPUTS
                + "parameters { key: 'strict_outputs' value { string_value: 'true' } }", source)) {
            InferenceException e = (InferenceException) model.run(floats(1)).getFirst();
            assertThat(e.text())
                    .isEqualTo("model 'm', output 'OUT': the model answers INT32 [1], its configuration says"
                            + " FP32 [-1]");
        }
    }

    @Test
    void close_model_finalizesAndLeavesNoProcess() throws Exception {
        String source = IDENTITY + """
                    def finalize(self):
                        open("%s", "w").write("finalized")
                """.formatted(folder.resolve("done"));
        start(INPUTS_AND_OUTPUTS, source).close();

        assertThat(folder.resolve("done")).hasContent("finalized");
        assertThat(ProcessHandle.current().children()).noneMatch(child -> child.info().commandLine().orElse("")
                .contains("nereid_worker"));
    }

    @Test
    void load_noInterpreter_saysTheWayOut() throws Exception {
        python = "/no/such/python";
        try {
            assertThatThrownBy(() -> start(INPUTS_AND_OUTPUTS, IDENTITY)).isInstanceOf(InferenceException.class)
                    .hasMessageContaining("no worker can be started by '/no/such/python'")
                    .hasMessageContaining("--backend-config=python,python-runtime=PATH");
        } finally {
            find_pythonWithNumpy_isThere();
        }
    }
}
