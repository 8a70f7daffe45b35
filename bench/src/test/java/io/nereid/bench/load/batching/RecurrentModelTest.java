package io.nereid.bench.load.batching;

import io.nereid.backend.onnxruntime.binding.OnnxRuntime;
import io.nereid.backend.onnxruntime.binding.OrtCall;
import io.nereid.backend.onnxruntime.binding.OrtSession;
import io.nereid.backend.onnxruntime.binding.OrtSessionOptions;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class RecurrentModelTest {
    private static final int STEPS = RecurrentModel.STEPS;
    private static final int HIDDEN = RecurrentModel.HIDDEN;

    @TempDir
    private Path folder;

    @Test
    void run_rowsTogether_givesEachWhatItGetsAlone() throws IOException, InferenceException {
        float[] one = input(1);
        float[] other = input(2);
        float[] both = Arrays.copyOf(one, 2 * STEPS);
        System.arraycopy(other, 0, both, STEPS, STEPS);
        float[] together = run(both);

        assertClose(Arrays.copyOfRange(together, 0, HIDDEN), run(one));
        assertClose(Arrays.copyOfRange(together, HIDDEN, 2 * HIDDEN), run(other));
    }

    @Test
    void run_otherLastStep_givesAnotherState() throws IOException, InferenceException {
        float[] changed = input(1);
        changed[STEPS - 1] += 2;

        assertThat(run(changed)).isNotEqualTo(run(input(1)));
    }

    private float[] run(float[] input) throws IOException, InferenceException {
        Path file = Files.write(folder.resolve("model.onnx"), RecurrentModel.bytes());
        int rows = input.length / STEPS;
        try (OnnxRuntime runtime = OnnxRuntime.open(); OrtSessionOptions options = runtime.sessionOptions()) {
            options.intraOpThreads(1);
            try (OrtSession session = runtime.session(file, options);
                    OrtCall call = session.call(session.inputs(), session.outputs(), Map.of());
                    Arena arena = Arena.ofConfined()) {
                MemorySegment output = arena.allocate(ValueLayout.JAVA_FLOAT, (long) rows * HIDDEN);
                call.input(0, Shape.of(rows, STEPS, 1), arena.allocateFrom(ValueLayout.JAVA_FLOAT, input));
                call.outputInto(0, Shape.of(rows, HIDDEN), output);
                call.run();
                return output.toArray(ValueLayout.JAVA_FLOAT);
            }
        }
    }

    private static float[] input(int seed) {
        float[] steps = new float[STEPS];
        for (int i = 0; i < STEPS; i++) {
            steps[i] = (float) Math.sin(seed * i);
        }
        return steps;
    }

    /** A product of several rows may add in another order than that of one. */
    private static void assertClose(float[] actual, float[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat(actual[i]).isCloseTo(expected[i], within(1e-4f));
        }
    }
}
