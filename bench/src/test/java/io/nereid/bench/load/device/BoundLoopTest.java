package io.nereid.bench.load.device;

import io.nereid.backend.device.CudaStream;
import io.nereid.backend.device.StandInCuda;
import io.nereid.backend.onnxruntime.OnnxModel;
import io.nereid.backend.onnxruntime.binding.OnnxRuntime;
import io.nereid.backend.onnxruntime.binding.OrtSessionOptions;
import io.nereid.inference.DataType;
import io.nereid.inference.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

/** ONNX Runtime's CPU plays the GPU, on memory of a stand-in for CUDA that checks every call and that nothing is left. */
class BoundLoopTest {
    @TempDir
    private Path folder;

    @Test
    void run_again_copiesComputesAndAnswers() throws Exception {
        Path file = Files.write(folder.resolve("model.onnx"), new OnnxModel().input("x", DataType.FP32, "batch", 2L)
                .output("y", DataType.FP32, "batch", 2L).node("Neg", "x", "y").bytes());
        try (StandInCuda cuda = new StandInCuda(1, 1 << 20)) {
            OnnxRuntime runtime = OnnxRuntime.open();
            try (OrtSessionOptions options = runtime.sessionOptions();
                    BoundLoop loop = BoundLoop.over(cuda, new BoundLoop.Session(runtime, runtime.session(file, options),
                            runtime.hostMemoryInfo(), CudaStream.create(cuda, BoundLoop.DEVICE)), Shape.of(2, 2),
                            Shape.of(2, 2))) {
                loop.run();
                loop.run();

                assertThat(loop.answer()).containsExactly(-0f, (float) -Math.sin(1), (float) -Math.sin(2),
                        (float) -Math.sin(3));
            }
        }
    }
}
