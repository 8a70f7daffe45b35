package io.nereid.backend.onnxruntime.binding;

import io.nereid.backend.onnxruntime.OnnxModel;
import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

/** The memory that a session keeps between runs, with models that make as much of it as their input says. */
final class SessionArenasTest {
    private static final int NO_GPU = -1;
    private static final long FLOATS = 1 << 22;

    @TempDir
    private Path folder;
    private OnnxRuntime runtime;

    @BeforeEach
    void open() throws InferenceException {
        runtime = OnnxRuntime.open();
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    private OrtSession session(OnnxModel model) throws IOException, InferenceException {
        return TestSessions.open(runtime, folder, model);
    }

    private static OnnxModel zeros() {
        return new OnnxModel().input("x", DataType.INT64, 1).output("y", DataType.FP32, "n")
                .node("ConstantOfShape", "x", "y");
    }

    private static void make(OrtSession session, long floats) throws InferenceException {
        try (OrtCall call = session.call(session.inputs(), session.outputs(), Map.of());
                Arena arena = Arena.ofConfined()) {
            call.input(0, Shape.of(1), arena.allocateFrom(ValueLayout.JAVA_LONG, floats));
            call.output(0);
            call.run();
            call.take(0).close();
        }
    }

    @Test
    void shrink_afterALargeOutput_givesItBackAndTheSessionStillRuns() throws Exception {
        try (OrtSession session = session(zeros());
                SessionArenas arenas = session.arenas(NO_GPU)) {
            make(session, 1); // what an arena takes first stays
            assertThat(arenas.keptBytes()).isLessThan(FLOATS * Float.BYTES);
            make(session, FLOATS);
            assertThat(arenas.keptBytes()).isGreaterThanOrEqualTo(FLOATS * Float.BYTES);

            arenas.shrink();

            assertThat(arenas.keptBytes()).isLessThan(FLOATS * Float.BYTES);
            make(session, FLOATS);
            arenas.shrink();
            assertThat(arenas.keptBytes()).isLessThan(FLOATS * Float.BYTES);
        }
    }

    @Test
    void shrink_inputsOfAllKinds_areMadeUp() throws Exception {
        OnnxModel model = new OnnxModel().input("text", DataType.BYTES, "n").input("flags", DataType.BOOL, "n", 3)
                .inputOfAnyRank("any", DataType.FP64).output("t", DataType.BYTES, "n")
                .output("f", DataType.BOOL, "n", 3).outputOfAnyRank("a", DataType.FP64).node("Identity", "text", "t")
                .node("Not", "flags", "f").node("Neg", "any", "a");
        try (OrtSession session = session(model);
                SessionArenas arenas = session.arenas(NO_GPU)) {
            arenas.shrink();
            arenas.shrink();

            assertThat(arenas.keptBytes()).isNotNegative();
        }
    }

    @Test
    void close_beforeTheSession_keepsNothingAndDoesNothing() throws Exception {
        try (OrtSession session = session(zeros())) {
            SessionArenas arenas = session.arenas(NO_GPU);
            make(session, FLOATS);
            arenas.close();
            arenas.close();

            arenas.shrink();

            assertThat(arenas.keptBytes()).isZero();
        }
    }
}
