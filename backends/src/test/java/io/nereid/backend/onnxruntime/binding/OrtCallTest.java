package io.nereid.backend.onnxruntime.binding;

import io.nereid.backend.onnxruntime.OnnxModel;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/** Calls by every order of what a caller may do, with {@code y = -x} of numbers and {@code t = s} of strings. */
final class OrtCallTest {
    @TempDir
    private Path folder;
    private final Arena arena = Arena.ofConfined();
    private OnnxRuntime runtime;
    private OrtSession session;
    private OrtCall call;

    @BeforeEach
    void open() throws InferenceException, IOException {
        runtime = OnnxRuntime.open();
        session = TestSessions.open(runtime, folder, new OnnxModel().input("x", DataType.FP32, "n")
                .input("s", DataType.BYTES, "a", "b").output("y", DataType.FP32, "n")
                .output("t", DataType.BYTES, "a", "b").node("Neg", "x", "y").node("Identity", "s", "t"));
        call = session.call(session.inputs(), session.outputs(), Map.of());
    }

    @AfterEach
    void close() {
        call.close();
        session.close();
        runtime.close();
        arena.close();
    }

    private MemorySegment floats(float... values) {
        return arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
    }

    private MemorySegment strings(List<byte[]> texts) {
        long bytes = texts.stream().mapToLong(text -> 4L + text.length).sum();
        MemorySegment encoded = arena.allocate(bytes + 1).asSlice(0, bytes);
        long at = 0;
        for (byte[] text : texts) {
            encoded.set(ValueLayout.JAVA_INT_UNALIGNED, at, text.length);
            MemorySegment.copy(text, 0, encoded, ValueLayout.JAVA_BYTE, at + 4, text.length);
            at += 4L + text.length;
        }
        return encoded;
    }

    private byte[] taken(int output, int count) throws InferenceException {
        try (OrtValue value = call.take(output)) {
            assertThat(value.shape().elementCount()).isEqualTo(count);
            long bytes = StringTensor.encodedBytes(value);
            MemorySegment target = arena.allocate(bytes + 1).asSlice(0, bytes);
            StringTensor.encode(value, target, arena.allocate(ValueLayout.JAVA_LONG, count + 1L));
            return target.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    @Test
    void run_randomStringsThroughAModel_areTheSame() throws Exception {
        Random random = new Random(20261130);
        for (int round = 0; round < 100; round++) {
            int rows = random.nextInt(4);
            int columns = 1 + random.nextInt(4);
            List<byte[]> texts = new ArrayList<>();
            for (int i = 0; i < rows * columns; i++) {
                byte[] text = new byte[random.nextInt(4) == 0 ? 0 : random.nextInt(3000)];
                random.nextBytes(text);
                texts.add(text);
            }
            int split = random.nextInt(texts.size() + 1);
            MemorySegment whole = strings(texts);
            call.stringInput(1, Shape.of(rows, columns),
                    List.of(strings(texts.subList(0, split)), strings(texts.subList(split, texts.size()))));
            call.input(0, Shape.of(1), floats(round));
            call.output(1);
            call.output(0);
            call.run();
            assertThat(taken(1, rows * columns)).isEqualTo(whole.toArray(ValueLayout.JAVA_BYTE));
            try (OrtValue y = call.take(0)) {
                assertThat(y.dataType()).isEqualTo(DataType.FP32);
                assertThat(y.data(DataType.FP32).get(ValueLayout.JAVA_FLOAT, 0)).isEqualTo(-round);
            }
            call.clear();
        }
    }

    @Test
    void emptyStrings_areAsManyAsTheShapeSays() throws Exception {
        call.input(0, Shape.of(1), floats(1));
        call.emptyStrings(1, Shape.of(2, 3));
        call.output(1);
        call.run();
        assertThat(taken(1, 6)).isEqualTo(new byte[24]);
    }

    @Test
    void stringInput_malformed_isRefusedAndTheNextIsNotDisturbed() throws Exception {
        for (int round = 0; round < 3; round++) {
            MemorySegment cut = strings(List.of("ab".getBytes(StandardCharsets.UTF_8))).asSlice(0, 5);
            assertThatExceptionOfType(InferenceException.class)
                    .isThrownBy(() -> call.stringInput(1, Shape.of(1, 1), List.of(cut)))
                    .satisfies(error -> assertThat(error.code()).isEqualTo(ErrorCode.INVALID_ARG));
            call.clear();
            call.input(0, Shape.of(1), floats(1));
            call.stringInput(1, Shape.of(1, 1), List.of(strings(List.of(new byte[]{7}))));
            call.output(1);
            call.run();
            assertThat(taken(1, 1)).containsExactly(1, 0, 0, 0, 7);
            call.clear();
        }
    }

    @Test
    void terminate_beforeARun_failsItAndEachUntilItIsForgotten() throws Exception {
        call.input(0, Shape.of(1), floats(3));
        call.emptyStrings(1, Shape.of(1, 1));
        call.output(0);
        call.terminate();
        call.terminate();
        for (int i = 0; i < 2; i++) {
            assertThatExceptionOfType(InferenceException.class).isThrownBy(call::run)
                    .withMessageContaining("terminate flag");
            assertThatIllegalStateException().isThrownBy(() -> call.take(0));
        }

        call.forgetTermination();
        call.run();

        try (OrtValue y = call.take(0)) {
            assertThat(y.data(DataType.FP32).get(ValueLayout.JAVA_FLOAT, 0)).isEqualTo(-3);
        }
    }

    @Test
    void terminate_ofOneCall_isNotTheOthers() throws Exception {
        call.terminate();
        try (OrtCall other = session.call(session.inputs(), session.outputs(), Map.of())) {
            MemorySegment y = arena.allocate(ValueLayout.JAVA_FLOAT, 2);
            other.input(0, Shape.of(2), floats(1, 2));
            other.emptyStrings(1, Shape.of(0, 1));
            other.outputInto(0, Shape.of(2), y);
            other.run();
            assertThat(y.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(-1, -2);
        }
    }

    @Test
    void run_inputMissingOrWanted_failsByOnnxRuntimesWordsAndCanBeRepeated() throws Exception {
        call.input(0, Shape.of(1), floats(1));
        call.output(0);
        assertThatExceptionOfType(InferenceException.class).isThrownBy(call::run)
                .withMessageContaining("onnx runtime error").withMessageContaining("s");
        call.clear();
        call.input(0, Shape.of(1), floats(1));
        call.emptyStrings(1, Shape.of(1));
        call.output(0);
        assertThatExceptionOfType(InferenceException.class).isThrownBy(call::run).withMessageContaining("rank");
        call.clear();
        call.input(0, Shape.of(2), floats(1, 2));
        call.emptyStrings(1, Shape.of(1, 1));
        call.outputInto(0, Shape.of(3), arena.allocate(12));
        assertThatExceptionOfType(InferenceException.class).isThrownBy(call::run);
        assertThatIllegalStateException().isThrownBy(() -> call.take(0)).withMessageContaining("was not made");
    }

    @Test
    void input_moreDimensionsThanAnyModels_isRefused() {
        long[] dims = new long[20];
        Arrays.fill(dims, 1);
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> call.input(0, Shape.of(dims), floats(1)))
                .withMessageContaining("tensor 'x'").withMessageContaining("more dimensions");
    }

    @Test
    void input_moreOftenThanThereArePlaces_touchesNoOtherMemory() throws Exception {
        MemorySegment data = floats(1);
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> {
            for (int i = 0; i < 100; i++) {
                call.input(0, Shape.of(1), data);
            }
        });
        assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> {
            for (int i = 0; i < 100; i++) {
                call.output(0);
            }
        });
        for (int wrong : new int[]{-1, 2}) {
            assertThatExceptionOfType(IndexOutOfBoundsException.class)
                    .isThrownBy(() -> call.input(wrong, Shape.of(1), data));
            assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> call.take(wrong));
        }
        call.clear();
        call.input(0, Shape.of(1), data);
        call.emptyStrings(1, Shape.of(1, 1));
        call.output(0);
        call.run();
        call.take(0).close();
    }

    @Test
    void value_ofStrings_knowsItsShapeAndTypeAndIsClosedOnce() throws Exception {
        OrtValue value = OrtValue.strings(runtime, Shape.of(2, 3));
        assertThat(value.shape()).isEqualTo(Shape.of(2, 3));
        assertThat(value.dataType()).isEqualTo(DataType.BYTES);
        assertThat(value.stringBytes()).isZero();
        assertThat(StringTensor.encodedBytes(value)).isEqualTo(24);
        value.close();
        value.close();
        assertThatIllegalStateException().isThrownBy(value::stringBytes)
                .withMessage("OrtValue used after it was closed");
        try (OrtValue scalar = OrtValue.strings(runtime, Shape.SCALAR)) {
            assertThat(scalar.shape()).isEqualTo(Shape.SCALAR);
            assertThat(StringTensor.encodedBytes(scalar)).isEqualTo(4);
        }
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> OrtValue.strings(runtime, Shape.of(-1)).close());
    }

    @Test
    void create_entryThatOnnxRuntimeRefuses_isItsError() {
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> RunConfig.create(runtime.api(), Map.of("", "x")).close())
                .withMessageContaining("onnx runtime error");
        String tooLong = "k".repeat(5000);
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> session.call(session.inputs(), session.outputs(), Map.of(tooLong, "x")).close());
    }
}
