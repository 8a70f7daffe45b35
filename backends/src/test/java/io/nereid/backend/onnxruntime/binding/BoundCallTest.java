package io.nereid.backend.onnxruntime.binding;

import io.nereid.backend.onnxruntime.OnnxModel;
import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.inference.TensorData;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/** IO binding on the CPU, against plain runs of the same session. */
final class BoundCallTest {
    private static final int X = 0;
    private static final int S = 1;
    private static final int NEG = 0;
    private static final int HITS = 1;
    private static final int TEXT = 2;

    @TempDir
    private Path folder;
    private final Arena arena = Arena.ofConfined();
    private OnnxRuntime runtime;
    private OrtSession session;
    private OrtMemoryInfo memory;
    private OrtCall plain;
    private BoundCall call;

    /** {@code neg = -x}, {@code hits} where x is not 0, and {@code text = s}. */
    @BeforeEach
    void open() throws InferenceException, IOException {
        runtime = OnnxRuntime.open();
        session = TestSessions.open(runtime, folder,
                new OnnxModel().input("x", DataType.FP32, "n").input("s", DataType.BYTES, "m")
                        .output("neg", DataType.FP32, "n").output("hits", DataType.INT64, 1L, "h")
                        .output("text", DataType.BYTES, "m").node("Neg", "x", "neg").node("NonZero", "x", "hits")
                        .node("Identity", "s", "text"));
        memory = runtime.hostMemoryInfo();
        plain = session.call(session.inputs(), session.outputs(), Map.of());
        call = session.boundCall(memory, session.inputs(), session.outputs(), Map.of());
    }

    @AfterEach
    void close() {
        call.close();
        call.close();
        plain.close();
        memory.close();
        session.close();
        runtime.close();
        arena.close();
    }

    private MemorySegment floats(float... values) {
        return arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
    }

    private MemorySegment text(String text) {
        MemorySegment encoded = arena.allocate(4L + text.length());
        encoded.set(ValueLayout.JAVA_INT_UNALIGNED, 0, text.length());
        for (int i = 0; i < text.length(); i++) {
            encoded.set(ValueLayout.JAVA_BYTE, 4 + i, (byte) text.charAt(i));
        }
        return encoded;
    }

    private byte[] bytes(OrtValue value, DataType type) throws InferenceException {
        try (value) {
            if (type != DataType.BYTES) {
                return value.data(type).toArray(ValueLayout.JAVA_BYTE);
            }
            MemorySegment target = arena.allocate(StringTensor.encodedBytes(value));
            StringTensor.encode(value, target, arena.allocate(ValueLayout.JAVA_LONG, value.shape().elementCount()));
            return target.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    @Test
    void run_atRandom_isWhatAPlainRunGives() throws Exception {
        Random random = new Random(17);
        for (int round = 0; round < 200; round++) {
            int count = random.nextInt(6);
            float[] values = new float[count];
            for (int i = 0; i < count; i++) {
                values[i] = random.nextInt(3) - 1;
            }
            MemorySegment x = floats(values);
            List<MemorySegment> texts = List.of(text("a" + round), text(""));
            MemorySegment expected = arena.allocate(ValueLayout.JAVA_FLOAT, count);
            plain.input(X, Shape.of(count), x);
            plain.stringInput(S, Shape.of(2), texts);
            plain.outputInto(NEG, Shape.of(count), expected);
            plain.output(HITS);
            plain.output(TEXT);
            plain.run();

            MemorySegment neg = arena.allocate(ValueLayout.JAVA_FLOAT, count);
            boolean device = random.nextBoolean(); // which here is the host
            call.stringInput(S, Shape.of(2), texts);
            call.input(X, Shape.of(count), device ? TensorData.cuda(0, x.address(), x.byteSize())
                    : TensorData.pooled(x));
            call.outputOnHost(TEXT);
            call.output(NEG, Shape.of(count),
                    device ? TensorData.cuda(0, neg.address(), neg.byteSize()) : TensorData.pooled(neg));
            call.outputOnHost(HITS);
            call.run();

            assertThat(neg.toArray(ValueLayout.JAVA_FLOAT)).isEqualTo(expected.toArray(ValueLayout.JAVA_FLOAT));
            assertThat(bytes(call.take(HITS), DataType.INT64)).isEqualTo(bytes(plain.take(HITS), DataType.INT64));
            assertThat(bytes(call.take(TEXT), DataType.BYTES)).isEqualTo(bytes(plain.take(TEXT), DataType.BYTES));
            plain.clear();
            call.clear();
        }
    }

    @Test
    void run_again_readsWhatLiesThereNow() throws Exception {
        MemorySegment x = floats(1, 2);
        MemorySegment neg = arena.allocate(ValueLayout.JAVA_FLOAT, 2);
        call.input(X, Shape.of(2), TensorData.pooled(x));
        call.stringInput(S, Shape.of(1), List.of(text("t")));
        call.output(NEG, Shape.of(2), TensorData.pooled(neg));
        call.outputOnHost(HITS);
        for (int round = 1; round < 4; round++) {
            x.set(ValueLayout.JAVA_FLOAT, 0, round);
            call.run();
            assertThat(neg.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(-round, -2);
        }
        try (OrtValue hits = call.take(HITS)) {
            assertThat(hits.shape()).isEqualTo(Shape.of(1, 2));
        }
    }

    @Test
    void take_whatNoRunMade_isRefused() throws Exception {
        assertThatIllegalStateException().isThrownBy(() -> call.take(HITS));
        call.input(X, Shape.of(1), TensorData.pooled(floats(1)));
        call.stringInput(S, Shape.of(1), List.of(text("t")));
        call.output(NEG, Shape.of(1), TensorData.pooled(floats(0)));
        call.outputOnHost(HITS);
        call.run();
        assertThatIllegalStateException().isThrownBy(() -> call.take(NEG));
        call.take(HITS).close();
        assertThatIllegalStateException().isThrownBy(() -> call.take(HITS)).withMessageContaining("is taken");
        call.clear();
        assertThatIllegalStateException().isThrownBy(() -> call.take(HITS));
    }

    @Test
    void run_afterAFailure_works() throws Exception {
        call.input(X, Shape.of(2), TensorData.pooled(floats(1, 2)));
        call.stringInput(S, Shape.of(1), List.of(text("t")));
        call.output(NEG, Shape.of(3), TensorData.pooled(floats(0, 0, 0)));
        assertThatExceptionOfType(InferenceException.class).isThrownBy(call::run);
        call.clear();
        assertThatExceptionOfType(InferenceException.class).isThrownBy(call::run);
        call.terminate();
        MemorySegment neg = floats(0, 0);
        call.input(X, Shape.of(2), TensorData.pooled(floats(1, 2)));
        call.stringInput(S, Shape.of(1), List.of(text("t")));
        call.output(NEG, Shape.of(2), TensorData.pooled(neg));
        assertThatExceptionOfType(InferenceException.class).isThrownBy(call::run)
                .withMessageContaining("terminate flag");
        call.forgetTermination();
        call.run();
        assertThat(neg.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(-1, -2);
    }

    @Test
    void close_thenUse_isRefused() throws Exception {
        BoundCall closed = session.boundCall(memory, session.inputs(), session.outputs(), Map.of());
        closed.close();
        assertThatIllegalStateException().isThrownBy(closed::run);
        assertThatIllegalStateException().isThrownBy(() -> closed.outputOnHost(0));
    }

    @Test
    void gpuTensors_ofASessionOnTheCpu_areNone() throws Exception {
        assertThat(session.gpuTensors()).hasValue(new GpuTensors(Set.of(), Set.of()));
    }
}
