package io.nereid.backend.onnxruntime.binding;

import io.nereid.backend.onnxruntime.OnnxModel;
import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/** Options are taken by ONNX Runtime, and a session made with them computes what it should. */
final class OrtSessionOptionsTest {
    @TempDir
    private Path folder;
    private OnnxRuntime runtime;

    /** Sets some options. */
    @FunctionalInterface
    private interface Setting {
        void on(OrtSessionOptions options) throws InferenceException;
    }

    @BeforeEach
    void open() throws InferenceException {
        runtime = OnnxRuntime.open();
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    private float negated(float x, Setting setting) throws IOException, InferenceException {
        byte[] model = new OnnxModel().input("x", DataType.FP32, "n").output("y", DataType.FP32, "n")
                .node("Neg", "x", "y").bytes();
        Path file = Files.write(folder.resolve("model.onnx"), model);
        try (OrtSessionOptions options = runtime.sessionOptions()) {
            setting.on(options);
            try (OrtSession session = runtime.session(file, options);
                    OrtCall call = session.call(session.inputs(), session.outputs(), Map.of());
                    Arena arena = Arena.ofConfined()) {
                MemorySegment y = arena.allocate(ValueLayout.JAVA_FLOAT);
                call.input(0, Shape.of(1), arena.allocateFrom(ValueLayout.JAVA_FLOAT, x));
                call.outputInto(0, Shape.of(1), y);
                call.run();
                return y.get(ValueLayout.JAVA_FLOAT, 0);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(OrtSessionOptions.GraphLevel.class)
    void graphLevel_each_computesTheSame(OrtSessionOptions.GraphLevel level) throws Exception {
        assertThat(negated(2, options -> options.graphLevel(level))).isEqualTo(-2);
    }

    @Test
    void everything_atOnce_isTaken() throws Exception {
        float y = negated(3, options -> {
            options.intraOpThreads(1);
            options.interOpThreads(2);
            options.parallelExecution(true);
            options.memPattern(false);
            options.cpuMemArena(false);
            options.logId("model 'Grüße'");
            options.configEntry("session.intra_op.allow_spinning", "0");
        });

        assertThat(y).isEqualTo(-3);
    }

    @Test
    void appendProvider_unknown_isRefusedByName() {
        InferenceException error = catchThrowableOfType(InferenceException.class,
                () -> negated(1, options -> options.appendProvider("NoSuchProvider", Map.of("a", "b"))));

        assertThat(error.text()).startsWith("onnx runtime error ").contains("NoSuchProvider");
    }

    @Test
    void appendCuda_withoutCuda_isRefused() throws Exception {
        if (!runtime.availableProviders().contains("CUDAExecutionProvider")) {
            InferenceException error = catchThrowableOfType(InferenceException.class,
                    () -> negated(1, options -> options.appendCuda(Map.of("device_id", "0"))));

            assertThat(error.text()).startsWith("onnx runtime error ").containsIgnoringCase("cuda");
        }
    }

    @Test
    void customOpLibrary_noSuchFile_isRefusedByName() {
        Path library = folder.resolve("none.so");

        InferenceException error = catchThrowableOfType(InferenceException.class,
                () -> negated(1, options -> options.customOpLibrary(library)));

        assertThat(error.text()).startsWith("onnx runtime error ").contains("none.so");
    }
}
