package io.nereid.backend.onnxruntime;

import io.nereid.backend.RunningModel;
import io.nereid.backend.onnxruntime.binding.GpuTensors;
import io.nereid.backend.onnxruntime.binding.OnnxRuntime;
import io.nereid.backend.onnxruntime.binding.OrtSession;
import io.nereid.backend.onnxruntime.binding.OrtSessionOptions;
import io.nereid.backend.onnxruntime.gpu.FixedRun;
import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.modelrepo.config.ModelConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

final class CudaGraphsTest {
    private static final String TENSORS = """
            backend: "onnxruntime"
            input { name: "x" data_type: TYPE_FP32 dims: 2 }
            output { name: "y" data_type: TYPE_FP32 dims: 2 }
            """;
    private static final GpuTensors ALL = new GpuTensors(Set.of("x"), Set.of("y"));

    @TempDir
    private Path folder;

    private static ModelConfig config(String text) {
        return RunningModel.config("m", TENSORS + text);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            max_batch_size: 8                                                                      | 1
            max_batch_size: 8 dynamic_batching { preferred_batch_size: [ 4, 8 ] }                  | 1,4,8
            max_batch_size: 8 dynamic_batching { }                                                 | 1,8
            max_batch_size: 0                                                                      | 1
            """)
    void of_noSizesSaid_areOneAndThePreferredOnes(String text, String sizes) {
        CudaGraphs graphs = CudaGraphs.of(config(text + " optimization { cuda { graphs: true } }"));
        assertThat(graphs.enabled()).isTrue();
        assertThat(graphs.batchSizes()).containsExactlyInAnyOrderElementsOf(
                List.of(sizes.split(",")).stream().map(Integer::valueOf).toList());
    }

    @Test
    void of_sizesSaid_areThoseThatTheModelCanHave() {
        CudaGraphs graphs = CudaGraphs.of(config("max_batch_size: 8 optimization { cuda { graphs: true"
                + " graph_spec { batch_size: 2 } graph_spec { batch_size: 8 } graph_spec { batch_size: 9 }"
                + " graph_spec { batch_size: 0 } } }"));
        assertThat(graphs.batchSizes()).containsExactlyInAnyOrder(2, 8);
    }

    @Test
    void of_parameterOfTheAccelerator_asksForThemToo() {
        for (String accelerator : List.of("cuda\" parameters { key: \"enable_cuda_graph\"",
                "tensorrt\" parameters { key: \"trt_cuda_graph_enable\"")) {
            String text = "max_batch_size: 8 optimization { execution_accelerators { gpu_execution_accelerator { name: \""
                    + accelerator + " value: \"%s\" } } } }";
            assertThat(CudaGraphs.of(config(text.formatted(1))).enabled()).isTrue();
            assertThat(CudaGraphs.of(config(text.formatted(0))).enabled()).isFalse();
        }
        assertThat(CudaGraphs.of(config("max_batch_size: 8")).enabled()).isFalse();
    }

    @Test
    void runs_ofABatchingModel_haveAllShapes() throws Exception {
        SignatureCheck.Checked checked = checked(new OnnxModel().input("x", DataType.FP32, "batch", 2L)
                .output("y", DataType.FP32, "batch", 2L).node("Neg", "x", "y"), "max_batch_size: 8");
        assertThat(CudaGraphs.obstacle(checked, ALL)).isEmpty();
        assertThat(new CudaGraphs(true, Set.of(4, 1)).runs(checked)).containsExactly(
                new FixedRun(1, List.of(Shape.of(1, 2)), List.of(Shape.of(1, 2))),
                new FixedRun(4, List.of(Shape.of(4, 2)), List.of(Shape.of(4, 2))));
    }

    @Test
    void runs_ofAModelThatDoesNotBatch_isOne() throws Exception {
        SignatureCheck.Checked checked = checked(new OnnxModel().input("x", DataType.FP32, 2L)
                .output("y", DataType.FP32, 2L).node("Neg", "x", "y"), "");
        assertThat(CudaGraphs.obstacle(checked, ALL)).isEmpty();
        assertThat(new CudaGraphs(true, Set.of(1)).runs(checked)).containsExactly(
                new FixedRun(1, List.of(Shape.of(2)), List.of(Shape.of(2))));
    }

    @Test
    void obstacle_whatIsOnTheCpuOrOfAnySize_isNamed() throws Exception {
        SignatureCheck.Checked fixed = checked(new OnnxModel().input("x", DataType.FP32, "batch", 2L)
                .output("y", DataType.FP32, "batch", 2L).node("Neg", "x", "y"), "max_batch_size: 8");
        assertThat(CudaGraphs.obstacle(fixed, new GpuTensors(Set.of(), Set.of("y")))).startsWith("its input 'x'");
        assertThat(CudaGraphs.obstacle(fixed, new GpuTensors(Set.of("x"), Set.of()))).startsWith("its output 'y'");
        SignatureCheck.Checked open = checked(new OnnxModel().input("x", DataType.FP32, "batch", "n")
                .output("y", DataType.FP32, "batch", "n").node("Neg", "x", "y"), "max_batch_size: 8");
        assertThat(CudaGraphs.obstacle(open, ALL)).startsWith("its input 'x'");
    }

    private SignatureCheck.Checked checked(OnnxModel model, String config) throws IOException, InferenceException {
        Path file = Files.write(folder.resolve("model.onnx"), model.bytes());
        try (OnnxRuntime runtime = OnnxRuntime.open();
                OrtSessionOptions options = runtime.sessionOptions();
                OrtSession session = runtime.session(file, options)) {
            return SignatureCheck.of(config(config), folder, session, session::outputs);
        }
    }
}
