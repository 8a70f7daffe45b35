package io.nereid.backend.onnxruntime.binding;

import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Strings through ONNX Runtime's own memory and back. */
final class StringTensorTest {
    private OnnxRuntime runtime;

    @BeforeEach
    void open() throws Exception {
        runtime = OnnxRuntime.open();
    }

    @AfterEach
    void close() {
        runtime.close();
    }

    private static byte[] encoded(List<byte[]> strings) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] text : strings) {
            for (int shift = 0; shift < 32; shift += 8) {
                out.write(text.length >>> shift);
            }
            out.writeBytes(text);
        }
        return out.toByteArray();
    }

    private static MemorySegment segment(byte[] bytes) {
        return Arena.ofAuto().allocate(bytes.length + 1L).asSlice(0, bytes.length)
                .copyFrom(MemorySegment.ofArray(bytes));
    }

    private static byte[] random(Random random) {
        byte[] text = new byte[random.nextInt(5) == 0 ? 0 : random.nextInt(40)];
        random.nextBytes(text); // any bytes, zeros and what is no UTF-8 included
        return text;
    }

    @Test
    void encode_whatWasDecoded_isTheSameAndKnowsWhereEachBegins() throws Exception {
        Random random = new Random(20261129);
        for (int round = 0; round < 200; round++) {
            List<MemorySegment> pieces = new ArrayList<>();
            List<byte[]> all = new ArrayList<>();
            for (int piece = random.nextInt(3); piece >= 0; piece--) {
                List<byte[]> strings = new ArrayList<>();
                for (int i = random.nextInt(6); i > 0; i--) {
                    strings.add(random(random));
                }
                pieces.add(segment(encoded(strings)));
                all.addAll(strings);
            }
            assertSurvives(pieces, all);
        }
    }

    private void assertSurvives(List<MemorySegment> pieces, List<byte[]> all) throws InferenceException {
        byte[] expected = encoded(all);
        try (OrtValue value = OrtValue.strings(runtime, Shape.of(all.size())); Arena arena = Arena.ofConfined()) {
            StringTensor.decode(pieces, value);
            assertThat(value.dataType()).isEqualTo(DataType.BYTES);
            assertThat(StringTensor.encodedBytes(value)).isEqualTo(expected.length);
            MemorySegment target = arena.allocate(expected.length + 1L).asSlice(0, expected.length);
            MemorySegment starts = arena.allocate(ValueLayout.JAVA_LONG, all.size() + 1L);
            StringTensor.encode(value, target, starts);
            assertThat(target.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);
            long at = 0;
            for (int i = 0; i < all.size(); i++) {
                assertThat(starts.getAtIndex(ValueLayout.JAVA_LONG, i)).as("start of element %d", i).isEqualTo(at);
                at += 4 + all.get(i).length;
            }
        }
    }

    @Test
    void decode_bytesThatAreNotThoseElements_areRefused() throws Exception {
        byte[] two = encoded(List.of(new byte[]{1, 2}, new byte[]{3}));
        for (int length : new int[]{0, 1, 5, 6, two.length - 1}) {
            assertRefused(2, segment(Arrays.copyOf(two, length)));
        }
        assertRefused(1, segment(two));
        assertRefused(3, segment(two));
        byte[] huge = two.clone();
        huge[3] = (byte) 0x80; // a length of two gigabytes
        assertRefused(2, segment(huge));
    }

    private void assertRefused(int elements, MemorySegment data) throws InferenceException {
        try (OrtValue value = OrtValue.strings(runtime, Shape.of(elements))) {
            assertThatThrownBy(() -> StringTensor.decode(List.of(data), value))
                    .isInstanceOfSatisfying(InferenceException.class, e -> {
                        assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG);
                        assertThat(e.text()).contains("not exactly " + elements + " elements");
                    });
        }
    }
}
