package io.nereid.backend.onnxruntime;

import io.nereid.backend.BackendEnvironment;
import io.nereid.backend.BackendModel;
import io.nereid.backend.CpuBudget;
import io.nereid.backend.InstancePlacement;
import io.nereid.backend.ModelVersion;
import io.nereid.backend.RunningModel;
import io.nereid.backend.device.CaptureLock;
import io.nereid.backend.device.CudaDevices;
import io.nereid.backend.device.DevicePool;
import io.nereid.backend.device.DevicePoolSizes;
import io.nereid.backend.device.PinnedMemory;
import io.nereid.backend.device.StandInCuda;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorData;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** On a machine without a GPU: providers that are not there say so, and unknown ones are told from known ones. */
final class ExecutionProvidersTest extends OnnxRuntimeTest {
    private static final InstancePlacement GPU = new InstancePlacement("m_0_gpu0", InstancePlacement.Kind.GPU, 0, 1,
            false);
    private static final String TENSORS = """
            max_batch_size: 4
            input { name: "x" data_type: TYPE_FP32 dims: 2 }
            output { name: "y" data_type: TYPE_FP32 dims: 2 }
            """;

    @BeforeAll
    static void requireNoGpu() {
        assumeTrue(CudaDevices.find().count() == 0, "there is a GPU");
    }

    @Test
    void createInstance_gpuThatIsNotThere_fails() throws Exception {
        try (BackendModel model = backend.load(version(), config(TENSORS))) {
            InferenceException error = catchThrowableOfType(InferenceException.class, () -> model.createInstance(GPU));

            assertThat(error.code()).isEqualTo(ErrorCode.INVALID_ARG);
            assertThat(error.text()).startsWith("unable to load model 'm', GPU 0 is not there");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "optimization { execution_accelerators { gpu_execution_accelerator { name: \"cuda\""
            + " parameters { key: \"cudnn_conv_use_max_workspace\" value: \"1\" } } } }"})
    void createInstance_cudaWithoutCuda_failsWithOnnxRuntimesWords(String optimization) throws Exception {
        try (OnnxRuntimeBackend withGpu = backendThatBelievesInAGpu();
                BackendModel model = withGpu.load(version(), config(TENSORS + optimization))) {
            InferenceException error = catchThrowableOfType(InferenceException.class, () -> model.createInstance(GPU));

            assertThat(error.text()).startsWith("onnx runtime error ").containsIgnoringCase("CUDA");
        }
    }

    /** The stream and the pool are there before ONNX Runtime finds that it has no CUDA. */
    @Test
    void createInstance_thatFails_leavesNothingOnTheGpu() throws Exception {
        try (StandInCuda cuda = new StandInCuda(1, 1 << 20)) {
            PinnedMemory pinned = new PinnedMemory(cuda, 4096, memory);
            CudaDevices one = new CudaDevices(List.of(new CudaDevices.Device(0, "9.0", "GPU-0")));
            try (OnnxRuntimeBackend withGpu = new OnnxRuntimeBackend(
                    new BackendEnvironment(memory, Map.of(), new CpuBudget(1), one, cuda, pinned,
                            new DevicePool(cuda, DevicePoolSizes.DEFAULT), new CaptureLock()));
                    BackendModel model = withGpu.load(version(), config(TENSORS))) {
                assertThat(catchThrowableOfType(InferenceException.class, () -> model.createInstance(GPU)).text())
                        .startsWith("onnx runtime error ").contains("built without it");
                assertThat(cuda.events()).containsExactly("pin 4096");
                assertThat(cuda.streams()).isZero();
                assertThat(withGpu.gpuMemory()).isEmpty();
            }
            pinned.close();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            instance_group { kind: KIND_GPU gpus: 1 count: 2 }                                           | CUDA   | 1
            instance_group { kind: KIND_GPU gpus: [ 0, 1 ] }                                             | PINNED | -1
            instance_group { kind: KIND_GPU gpus: 0 } instance_group { kind: KIND_CPU }                  | PINNED | -1
            instance_group { kind: KIND_CPU }                                                            | POOLED | -1
            instance_group { kind: KIND_GPU gpus: 0 } optimization { input_pinned_memory { enable: false } } | POOLED | -1
            """)
    void inputKind_isWhereAllInstancesReadWithoutACopy(String text, TensorData.Kind kind, int device)
            throws Exception {
        try (StandInCuda cuda = new StandInCuda(2, 1 << 20);
                OnnxRuntimeBackend withGpus = new OnnxRuntimeBackend(new BackendEnvironment(memory, Map.of(),
                        new CpuBudget(1), CudaDevices.NONE, cuda, new PinnedMemory(cuda, 0, memory),
                        new DevicePool(cuda, DevicePoolSizes.DEFAULT), new CaptureLock()));
                BackendModel model = withGpus.load(version(), config(TENSORS + text))) {
            assertThat(model.inputKind()).isEqualTo(kind);
            assertThat(model.inputDevice()).isEqualTo(device);
        }
    }

    @Test
    void createInstance_tensorRtWithoutTensorRt_failsWithOnnxRuntimesWords() throws Exception {
        try (OnnxRuntimeBackend withGpu = backendThatBelievesInAGpu();
                BackendModel model = withGpu.load(version(), config(TENSORS + gpu("tensorrt",
                        "precision_mode", "FP16", "max_workspace_size_bytes", "1073741824")))) {
            InferenceException error = catchThrowableOfType(InferenceException.class, () -> model.createInstance(GPU));

            assertThat(error.text()).startsWith("onnx runtime error ").containsIgnoringCase("TensorRT");
        }
    }

    @Test
    void createInstance_openVinoWithoutOpenVino_failsWithOnnxRuntimesWords() {
        InferenceException error = refused("""
                optimization { execution_accelerators { cpu_execution_accelerator { name: "openvino" } } }""");

        assertThat(error.text()).startsWith("onnx runtime error ").containsIgnoringCase("OpenVINO");
    }

    @Test
    void load_unknownGpuAccelerator_fails() {
        assertThat(refused(gpu("warp")).text()).isEqualTo("unknown Execution Accelerator 'warp' is requested");
    }

    @Test
    void load_gpuAcceleratorOnTheCpu_fails() {
        assertThat(refused("""
                optimization { execution_accelerators { cpu_execution_accelerator { name: "tensorrt" } } }""").text())
                .isEqualTo("unknown Execution Accelerator 'tensorrt' is requested");
    }

    @Test
    void load_unknownTensorRtKey_fails() {
        assertThat(refused(gpu("tensorrt", "trt_magic", "1")).text())
                .isEqualTo("unknown parameter 'trt_magic' is provided for TensorRT Execution Accelerator");
    }

    @Test
    void load_unknownPrecision_fails() {
        assertThat(refused(gpu("tensorrt", "precision_mode", "FP8")).text())
                .startsWith("unsupported precision mode 'FP8' is requested");
    }

    @Test
    void load_gpuAcceleratorAndCpuInstances_runsOnTheCpu() throws Exception {
        try (RunningModel model = start(model(), TENSORS + gpu("tensorrt", "precision_mode", "FP16"))) {
            assertThat(model.instance().name()).isEqualTo("m_0");
        }
    }

    private OnnxRuntimeBackend backendThatBelievesInAGpu() throws InferenceException {
        CudaDevices one = new CudaDevices(List.of(new CudaDevices.Device(0, "9.0", "GPU-0")));
        return new OnnxRuntimeBackend(new BackendEnvironment(memory, Map.of(), new CpuBudget(1), one));
    }

    private static String gpu(String accelerator, String... parameters) {
        StringBuilder text = new StringBuilder("optimization { execution_accelerators { gpu_execution_accelerator { "
                + "name: \"" + accelerator + "\"");
        for (int i = 0; i < parameters.length; i += 2) {
            text.append(" parameters { key: \"").append(parameters[i]).append("\" value: \"")
                    .append(parameters[i + 1]).append("\" }");
        }
        return text.append(" } } }").toString();
    }

    private InferenceException refused(String optimization) {
        return catchThrowableOfType(InferenceException.class, () -> start(model(), TENSORS + optimization).close());
    }

    private ModelVersion version() throws Exception {
        return model().writeTo(directory, "m");
    }

    private static OnnxModel model() {
        return new OnnxModel().input("x", DataType.FP32, "batch", 2L).output("y", DataType.FP32, "batch", 2L)
                .node("Neg", "x", "y");
    }
}
