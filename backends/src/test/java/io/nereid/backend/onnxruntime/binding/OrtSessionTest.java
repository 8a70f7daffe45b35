package io.nereid.backend.onnxruntime.binding;

import io.nereid.backend.onnxruntime.OnnxModel;
import io.nereid.backend.onnxruntime.binding.OrtSessionOptions.GraphLevel;
import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/** The binding by itself, with one model: {@code y [n] = -x [n]}, both FP32. */
final class OrtSessionTest {
    @TempDir
    private Path folder;

    @Test
    void version_loaded_isARelease() throws Exception {
        try (OnnxRuntime runtime = OnnxRuntime.open()) {
            assertThat(runtime.version()).matches("1\\.\\d+\\.\\d+.*");
            assertThat(runtime.availableProviders()).contains("CPUExecutionProvider");
        }
    }

    @Test
    void signature_model_isRead() throws Exception {
        try (OnnxRuntime runtime = OnnxRuntime.open(); OrtSession session = session(runtime)) {
            assertThat(session.inputs())
                    .containsExactly(TensorSignature.of("x", 1, Shape.of(-1), List.of("n")));
            assertThat(session.outputs())
                    .containsExactly(TensorSignature.of("y", 1, Shape.of(-1), List.of("n")));
            assertThat(session.inputs().getFirst().dataType()).isEqualTo(DataType.FP32);
            assertThat(session.overridableInitializers()).isEmpty();
        }
    }

    @Test
    void run_intoGivenMemory_writesThere() throws Exception {
        try (OnnxRuntime runtime = OnnxRuntime.open();
                OrtSession session = session(runtime);
                OrtCall call = call(session);
                Arena arena = Arena.ofConfined()) {
            MemorySegment x = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 3);
            MemorySegment y = arena.allocate(ValueLayout.JAVA_FLOAT, 3);
            for (int i = 1; i < 4; i++) {
                x.setAtIndex(ValueLayout.JAVA_FLOAT, 0, i);
                call.input(0, Shape.of(3), x);
                call.outputInto(0, Shape.of(3), y);
                call.run();
                call.clear();

                assertThat(y.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(-i, -2, -3);
            }
        }
    }

    @Test
    void run_sameMemoryUnderAnotherShape_usesTheNewOne() throws Exception {
        try (OnnxRuntime runtime = OnnxRuntime.open();
                OrtSession session = session(runtime);
                OrtCall call = call(session);
                Arena arena = Arena.ofConfined()) {
            MemorySegment x = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 3);
            for (int length : new int[]{3, 1, 2}) {
                call.input(0, Shape.of(length), x.asSlice(0, 4L * length));
                call.output(0);
                call.run();
                try (OrtValue y = call.take(0)) {
                    assertThat(y.shape()).isEqualTo(Shape.of(length));
                    assertThat(y.data(DataType.FP32).get(ValueLayout.JAVA_FLOAT, 0)).isEqualTo(-1);
                }
                call.clear();
            }
        }
    }

    @Test
    void run_memoryTooSmallForTheShape_isRefused() throws Exception {
        try (OnnxRuntime runtime = OnnxRuntime.open();
                OrtSession session = session(runtime);
                OrtCall call = call(session);
                Arena arena = Arena.ofConfined()) {
            MemorySegment x = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 3);

            InferenceException error = catchThrowableOfType(InferenceException.class,
                    () -> call.input(0, Shape.of(4), x));

            assertThat(error.text()).startsWith("onnx runtime error 2: ");
        }
    }

    @Test
    void take_outputNotMadeOrTaken_isRefused() throws Exception {
        try (OnnxRuntime runtime = OnnxRuntime.open();
                OrtSession session = session(runtime);
                OrtCall call = call(session);
                Arena arena = Arena.ofConfined()) {
            assertThatIllegalStateException().isThrownBy(() -> call.take(0));
            call.input(0, Shape.of(1), arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1));
            call.output(0);
            assertThatIllegalStateException().isThrownBy(() -> call.take(0));
            call.run();
            call.take(0).close();
            assertThatIllegalStateException().isThrownBy(() -> call.take(0));
        }
    }

    /** What a call needs is cut from one piece, whose size has to be right for any names and ranks. */
    @Test
    void call_ofManyTensorsWithNamesOfAllLengths_hasMemoryForThem() throws Exception {
        OnnxModel model = new OnnxModel();
        for (int i = 0; i < 40; i++) {
            String x = "x" + "\u00e9".repeat(i);
            model.input(x, DataType.FP32, i % 3 == 0 ? new Object[]{"n"} : Collections.nCopies(i, 1).toArray())
                    .output("y" + i, DataType.FP32,
                            i % 3 == 0 ? new Object[]{"n"} : Collections.nCopies(i, 1).toArray())
                    .node("Neg", x, "y" + i);
        }
        Path file = Files.write(folder.resolve("many.onnx"), model.bytes());
        try (OnnxRuntime runtime = OnnxRuntime.open();
                OrtSessionOptions options = runtime.sessionOptions();
                OrtSession session = runtime.session(file, options);
                OrtCall call = call(session);
                Arena arena = Arena.ofConfined()) {
            for (int i = 0; i < 40; i++) {
                call.input(i, i % 3 == 0 ? Shape.of(1) : session.inputs().get(i).shape(),
                        arena.allocateFrom(ValueLayout.JAVA_FLOAT, i));
                call.output(i);
            }
            call.run();
            for (int i = 0; i < 40; i++) {
                try (OrtValue y = call.take(i)) {
                    assertThat(y.data(DataType.FP32).get(ValueLayout.JAVA_FLOAT, 0)).isEqualTo(-i);
                }
            }
        }
    }

    @Test
    void use_afterClose_isRefused() throws Exception {
        try (OnnxRuntime runtime = OnnxRuntime.open()) {
            OrtSessionOptions options = runtime.sessionOptions();
            OrtSession session = session(runtime);
            OrtCall call = call(session);
            call.close();
            call.close();
            session.close();
            session.close();
            options.close();

            assertThatIllegalStateException().isThrownBy(call::run).withMessageContaining("closed");
            assertThatIllegalStateException().isThrownBy(call::clear);
            assertThatIllegalStateException().isThrownBy(() -> call.input(0, Shape.of(1), MemorySegment.NULL));
            assertThatIllegalStateException().isThrownBy(() -> call.stringInput(0, Shape.of(0), List.of()));
            assertThatIllegalStateException().isThrownBy(() -> call.outputInto(0, Shape.of(1), MemorySegment.NULL));
            assertThatIllegalStateException().isThrownBy(() -> call.output(0));
            assertThatIllegalStateException().isThrownBy(() -> call.take(0));
            assertThatIllegalStateException().isThrownBy(call::terminate);
            assertThatIllegalStateException().isThrownBy(() -> call(session).run());
            assertThatIllegalStateException().isThrownBy(() -> options.graphLevel(GraphLevel.ALL))
                    .withMessage("OrtSessionOptions used after it was closed");
        }
    }

    @Test
    void value_modelAndRuntimeClosedBefore_staysReadable() throws Exception {
        OrtValue y;
        try (OnnxRuntime runtime = OnnxRuntime.open();
                OrtSession session = session(runtime);
                OrtCall call = call(session);
                Arena arena = Arena.ofConfined()) {
            call.input(0, Shape.of(1), arena.allocateFrom(ValueLayout.JAVA_FLOAT, 7));
            call.output(0);
            call.run();
            y = call.take(0);
        }
        assertThat(y.data(DataType.FP32).get(ValueLayout.JAVA_FLOAT, 0)).isEqualTo(-7);
        y.close();
        assertThatIllegalStateException().isThrownBy(() -> y.data(DataType.FP32));
    }

    @Test
    void session_noFile_failsWithOnnxRuntimesNumber() throws Exception {
        try (OnnxRuntime runtime = OnnxRuntime.open(); OrtSessionOptions options = runtime.sessionOptions()) {
            InferenceException error = catchThrowableOfType(InferenceException.class,
                    () -> runtime.session(folder.resolve("none.onnx"), options));

            assertThat(error.text()).startsWith("onnx runtime error 3: ").contains("none.onnx");
        }
    }

    private OrtSession session(OnnxRuntime runtime) throws Exception {
        return TestSessions.open(runtime, folder, new OnnxModel().input("x", DataType.FP32, "n")
                .output("y", DataType.FP32, "n").node("Neg", "x", "y"));
    }

    private static OrtCall call(OrtSession session) throws InferenceException {
        return session.call(session.inputs(), session.outputs(), Map.of());
    }
}
