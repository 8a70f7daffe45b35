package io.nereid.server.protocol;

import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ElementCheckTest {
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BYTES")
    void check_fixedSizeElements_takesExactlyTheirBytes(DataType type) throws Exception {
        int bytes = 6 * type.byteSize();
        ElementCheck.check("m", tensor(type, new byte[bytes], 2, 3));
        ElementCheck.check("m", tensor(type, new byte[0], 2, 0));
        assertRefused(tensor(type, new byte[bytes - 1], 2, 3),
                "input byte size mismatch for input 'x' for model 'm'. Expected " + bytes + ", got " + (bytes - 1));
        assertRefused(tensor(type, new byte[bytes + 1], 2, 3),
                "input byte size mismatch for input 'x' for model 'm'. Expected " + bytes + ", got " + (bytes + 1));
        assertRefused(tensor(type, new byte[1], 0), "input byte size mismatch for input 'x' for model 'm'. Expected 0,"
                + " got 1");
    }

    @Test
    void check_moreElementsThanALongCounts_isRefused() {
        assertRefused(tensor(DataType.INT8, new byte[1], 1L << 32, 1L << 32),
                "shape [4294967296,4294967296] of input 'x' causes total element count to exceed maximum size of"
                        + " 9223372036854775807");
    }

    @Test
    void check_moreBytesThanALongCounts_isRefused() {
        // 2^62 elements of 4 bytes are 2^64 bytes, which as a long are none: as many as there are.
        assertRefused(tensor(DataType.FP32, new byte[0], 1L << 31, 1L << 31),
                "byte size overflow for input 'x' with shape [2147483648,2147483648]");
    }

    // BYTES

    @Test
    void check_strings_takesAnyBytesOfTheRightCount() throws Exception {
        ElementCheck.check("m", tensor(DataType.BYTES, strings("", "abc", "\0\u00ff"), 3));
        ElementCheck.check("m", tensor(DataType.BYTES, strings(), 0));
        ElementCheck.check("m", tensor(DataType.BYTES, strings("a")));
    }

    @Test
    void check_moreStringsThanTheShape_isRefused() {
        assertRefused(tensor(DataType.BYTES, strings("a", "b", "c"), 2),
                "unexpected number of string elements 3 for inference input 'x' for model 'm', expecting 2");
        assertRefused(tensor(DataType.BYTES, strings("a"), 0),
                "unexpected number of string elements 1 for inference input 'x' for model 'm', expecting 0");
    }

    @Test
    void check_fewerStringsThanTheShape_isRefused() {
        assertRefused(tensor(DataType.BYTES, strings("a", "b"), 3),
                "expected 3 string elements for inference input 'x' for model 'm', got 2");
        assertRefused(tensor(DataType.BYTES, strings(), 1L << 40),
                "expected 1099511627776 string elements for inference input 'x' for model 'm', got 0");
    }

    @Test
    void check_lengthCutOff_isRefused() {
        assertRefused(tensor(DataType.BYTES, new byte[]{1, 0, 0}, 1),
                "incomplete string length indicator for inference input 'x' for model 'm', expecting 4 bytes but only 3 bytes"
                        + " available");
    }

    @Test
    void check_stringCutOff_isRefused() {
        assertRefused(tensor(DataType.BYTES, new byte[]{5, 0, 0, 0, 'a', 'b'}, 1),
                "incomplete string data for inference input 'x' for model 'm', expecting string of length 5 but only 2 bytes"
                        + " available");
    }

    @Test
    void check_lengthWithTheHighestBit_isLongRatherThanNegative() {
        assertRefused(tensor(DataType.BYTES, new byte[]{-1, -1, -1, -1, 'a'}, 1),
                "incomplete string data for inference input 'x' for model 'm', expecting string of length 4294967295 but only 1 bytes"
                        + " available");
    }

    @Test
    void check_randomBytes_neverFailsInAnyOtherWay() {
        Random random = new Random(11);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(40)];
            for (int b = 0; b < bytes.length; b++) {
                bytes[b] = (byte) (random.nextInt(3) == 0 ? random.nextInt() : random.nextInt(3));
            }
            Tensor tensor = tensor(DataType.BYTES, bytes, random.nextInt(6));
            try {
                ElementCheck.check("m", tensor);
                assertThat(walk(bytes)).as("round %d", i).isEqualTo(tensor.shape().elementCount());
            } catch (InferenceException e) {
                assertThat(walk(bytes)).as("round %d: %s", i, e.text()).isNotEqualTo(tensor.shape().elementCount());
            }
        }
    }

    /** How many whole strings the bytes are, -1 if they are none. */
    private static long walk(byte[] bytes) {
        ByteBuffer left = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long count = 0;
        while (left.remaining() >= 4) {
            int length = left.getInt();
            if (length < 0 || length > left.remaining()) {
                return -1;
            }
            left.position(left.position() + length);
            count++;
        }
        return left.hasRemaining() ? -1 : count;
    }

    @Test
    void check_unalignedData_isReadAllTheSame() {
        byte[] bytes = new byte[1 + 4 + 3];
        System.arraycopy(strings("abc"), 0, bytes, 1, 7);
        Tensor tensor = new Tensor("x", DataType.BYTES, Shape.of(1), MemorySegment.ofArray(bytes).asSlice(1));
        assertThatCode(() -> ElementCheck.check("m", tensor)).doesNotThrowAnyException();
    }

    private static void assertRefused(Tensor tensor, String text) {
        assertThatThrownBy(() -> ElementCheck.check("m", tensor)).isInstanceOf(InferenceException.class)
                .hasMessage(text);
    }

    private static Tensor tensor(DataType type, byte[] data, long... dims) {
        return new Tensor("x", type, Shape.of(dims), MemorySegment.ofArray(data));
    }

    private static byte[] strings(String... strings) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (String string : strings) {
            byte[] bytes = string.getBytes(StandardCharsets.ISO_8859_1);
            out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(bytes.length).array());
            out.writeBytes(bytes);
        }
        return out.toByteArray();
    }
}
