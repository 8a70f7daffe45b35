package io.nereid.backend.onnxruntime;

import io.nereid.backend.ModelVersion;
import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/** What a model can bring into the process, or read of the machine, beside its own files. */
final class NativeCodeTest extends OnnxRuntimeTest {
    private static final String LIBRARY = "model_operations { op_library_filename: '1/x.so' }";
    private Path outside;

    @BeforeEach
    void fill() throws IOException {
        outside = Files.write(Files.createDirectory(directory.resolve("outside")).resolve("secret.bin"), new byte[16]);
    }

    @Test
    void nativeCode_plainModel_bringsNone() {
        String plain = accelerator("gpu", "tensorrt", "precision_mode") + "parameters { key: 'intra_op_thread_count'"
                + " value { string_value: '1' } }";
        assertThat(backend.nativeCode(config(plain), false)).isEmpty();
        assertThat(backend.nativeCode(config(""), true)).isEmpty();
        assertThat(backend.nativeCode(config(accelerator("gpu", "cuda", "gpu_mem_limit")), true)).isEmpty();
    }

    @Test
    void nativeCode_operatorLibrary_isNamed() {
        assertThat(backend.nativeCode(config(LIBRARY), false))
                .containsExactly("model_operations.op_library_filename '1/x.so'");
    }

    @ParameterizedTest
    @CsvSource({"gpu,tensorrt,trt_extra_plugin_lib_paths", "gpu,tensorrt,trt_engine_cache_path",
            "gpu,tensorrt,trt_engine_cache_prefix", "gpu,tensorrt,trt_timing_cache_path",
            "gpu,tensorrt,trt_ep_context_file_path", "gpu,tensorrt,int8_calibration_table_name",
            "cpu,openvino,load_config", "cpu,openvino,cache_dir"})
    void nativeCode_acceleratorsFiles_areNamed(String device, String name, String key) {
        assertThat(backend.nativeCode(config(accelerator(device, name, key)), false))
                .containsExactly(device + "_execution_accelerator '" + name + "' with " + key + " 'v'");
    }

    /** The model may hold an engine that was compiled elsewhere, and that the accelerator runs as it is. */
    @Test
    void nativeCode_acceleratorOfUploadedFiles_isNamed() {
        assertThat(backend.nativeCode(config(accelerator("gpu", "tensorrt", "precision_mode")), true))
                .containsExactly("gpu_execution_accelerator 'tensorrt'");
        assertThat(backend.nativeCode(config(accelerator("cpu", "openvino", "device_type")), true))
                .containsExactly("cpu_execution_accelerator 'openvino'");
    }

    @ParameterizedTest
    @CsvSource({"gpu,cuda,gpu_external_alloc", "gpu,cuda,gpu_external_free", "gpu,cuda,gpu_external_empty_cache",
            "gpu,cuda,user_compute_stream", "gpu,cuda,has_user_compute_stream", "gpu,cuda,default_memory_arena_cfg",
            "cpu,openvino,context"})
    void load_addressInMemory_isRefusedWhoeverWroteIt(String device, String name, String key) {
        OnnxModel model = new OnnxModel().input("x", DataType.FP32, "batch", 4L).output("y", DataType.FP32, "batch", 4L)
                .node("Identity", "x", "y");
        InferenceException error = catchThrowableOfType(InferenceException.class,
                () -> start(model, accelerator(device, name, key)).close());
        assertThat(error.text()).startsWith("parameter '" + key + "' of Execution Accelerator '" + name
                + "' is an address in this process's memory");
    }

    /** ONNX Runtime sees to it; without that a model could read any file of this user. */
    @ParameterizedTest
    @ValueSource(strings = {"../outside/secret.bin", "../../outside/secret.bin", "sub/../../outside/secret.bin",
            "%s", "/dev/zero", "link.bin", "linked/secret.bin", "../weights.bin", "nope.bin"})
    void load_weightsOutsideTheVersion_isRefused(String location) throws Exception {
        ModelVersion version = adder(location.replace("%s", outside.toString())).writeTo(directory, "m");
        Files.createSymbolicLink(version.versionDirectory().resolve("link.bin"), outside);
        Files.createSymbolicLink(version.versionDirectory().resolve("linked"), outside.getParent());
        Files.write(directory.resolve("weights.bin"), new byte[16]);
        assertThatThrownBy(() -> backend.complete(version, config(""))).isInstanceOf(InferenceException.class)
                .hasMessageContaining("xternal");
    }

    @Test
    void load_weightsBesideTheModel_areRead() throws Exception {
        ModelVersion version = adder("weights.bin").writeTo(directory, "m");
        Files.write(version.versionDirectory().resolve("weights.bin"), new byte[16]);
        assertThat(backend.complete(version, config("")).inputs()).hasSize(1);
    }

    /** {@code y = x + w}, with the four numbers of {@code w} in a file. */
    private static OnnxModel adder(String location) {
        return new OnnxModel().input("x", DataType.FP32, "batch", 4L).output("y", DataType.FP32, "batch", 4L)
                .externalConstant("w", DataType.FP32, location, 4).node("Add", "x,w", "y");
    }

    private static String accelerator(String device, String name, String key) {
        String value = key.equals("precision_mode") ? "FP16" : "v";
        return "optimization { execution_accelerators { " + device + "_execution_accelerator { name: '" + name
                + "' parameters { key: '" + key + "' value: '" + value + "' } } } }";
    }
}
