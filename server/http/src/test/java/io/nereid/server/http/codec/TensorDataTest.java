package io.nereid.server.http.codec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InputMemory;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorData;
import io.nereid.inference.TensorMemory;
import io.nereid.server.sharedmemory.SharedMemory;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.regex.Pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

/** Elements of tensors to JSON and back: random bits of every type, compared with what Jackson reads of them. */
class TensorDataTest {
    private static final long SEED = 11_29;
    private static final int MAX_INPUT = 1 << 16;
    private static final ObjectMapper JACKSON = new ObjectMapper();

    private final Random random = new Random(SEED);
    private final TensorMemory memory = Bodies.memory();
    private RequestMemory held;

    @BeforeEach
    void hold() throws InferenceException {
        held = new RequestMemory(InputMemory.of(memory), new SharedMemory(false), Bodies.of(memory, new byte[1]));
    }

    @AfterEach
    void nothingLeaked() {
        held.release();
        assertThat(memory.bytesInUse()).isZero();
    }

    private TensorData read(DataType type, long elements, String json) throws InferenceException {
        JsonScanner scanner = Json.scanner(json);
        TensorData data = new TensorDataReader(scanner, held, MAX_INPUT).read("IN", type, elements);
        scanner.expectEnd();
        return data;
    }

    private static String written(DataType type, Shape shape, byte... data) throws InferenceException {
        ByteBuf out = Unpooled.buffer();
        JsonWriter json = new JsonWriter(out);
        assertThat(new TensorDataWriter(json).write(new Tensor("OUT", type, shape, MemorySegment.ofArray(data))))
                .isEqualTo(shape.elementCount());
        json.flush();
        return "[" + out.toString(StandardCharsets.UTF_8) + "]";
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "BYTES")
    void writeAndRead_randomBitsOfEveryType_areTheSameAgainAndAsJacksonReadsThem(DataType type) throws Exception {
        int elements = 1000;
        byte[] data = finite(type, elements);
        String json = written(type, Shape.of(elements), data);
        assertThat(Bodies.bytesOf(read(type, elements, json).segment())).isEqualTo(data);
        JsonNode array = JACKSON.readTree(json);
        assertThat(array.size()).isEqualTo(elements);
        for (int i = 0; i < elements; i++) {
            checkElement(type, element(type, data, i), array.get(i));
        }
    }

    private static void checkElement(DataType type, Object expected, JsonNode actual) {
        if (type == DataType.BOOL) {
            assertThat(actual.isBoolean()).isTrue();
            assertThat(actual.booleanValue()).isEqualTo(expected);
        } else if (expected instanceof Double value) {
            assertThat(actual.doubleValue()).isEqualTo(value);
        } else {
            assertThat(actual.isIntegralNumber()).isTrue();
            assertThat(actual.bigIntegerValue().toString()).isEqualTo(expected.toString());
        }
    }

    /** The element as a double, a boolean or an integer. */
    private static Object element(DataType type, byte[] data, int index) {
        ByteBuffer bytes = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
        int at = index * type.byteSize();
        return switch (type) {
            case BOOL -> data[at] != 0;
            case INT8 -> (int) data[at];
            case UINT8 -> Byte.toUnsignedInt(data[at]);
            case INT16 -> (int) bytes.getShort(at);
            case UINT16 -> Short.toUnsignedInt(bytes.getShort(at));
            case INT32 -> bytes.getInt(at);
            case UINT32 -> Integer.toUnsignedLong(bytes.getInt(at));
            case INT64 -> bytes.getLong(at);
            case UINT64 -> Long.toUnsignedString(bytes.getLong(at));
            case FP16 -> (double) Float.float16ToFloat(bytes.getShort(at));
            case BF16 -> (double) Float.intBitsToFloat(bytes.getShort(at) << 16);
            case FP32 -> (double) bytes.getFloat(at);
            case FP64 -> bytes.getDouble(at);
            case BYTES -> throw new IllegalArgumentException("has no fixed size");
        };
    }

    private byte[] finite(DataType type, int elements) {
        byte[] data = new byte[elements * type.byteSize()];
        random.nextBytes(data);
        for (int i = 0; i < elements; i++) {
            if (type == DataType.BOOL) {
                data[i] &= 1;
            } else if (element(type, data, i) instanceof Double value && !Double.isFinite(value)) {
                data[(i + 1) * type.byteSize() - 1] = 0;
            }
        }
        return data;
    }

    @ParameterizedTest
    @CsvSource({"INT64,-9223372036854775808,-9223372036854775809,signed",
            "INT64,9223372036854775807,9223372036854775808,signed",
            "UINT64,0,-1,unsigned", "UINT64,18446744073709551615,18446744073709551616,unsigned",
            "INT32,9223372036854775807,9223372036854775808,signed", "UINT8,18446744073709551615,-1,unsigned",
            "INT8,1,1.0,signed", "UINT16,1,1e0,unsigned"})
    void read_integers_upToTheirBoundsAndNoFurther(DataType type, String last, String beyond, String kind)
            throws InferenceException {
        read(type, 1, "[" + last + "]");
        assertThatThrownBy(() -> read(type, 2, "[0," + beyond + "]"))
                .isInstanceOfSatisfying(InferenceException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INTERNAL))
                .hasMessage("Unable to parse 'data': attempt to access JSON non-" + kind + "-integer as " + kind
                        + "-integer (input 'IN', element 1: expected " + type + ")");
    }

    @ParameterizedTest
    @CsvSource({"FP32,3.4028235677973366e38,7f7fffff", "FP32,3.4028235677973367e38,7f800000",
            "FP32,1.401298464324817e-45,1", "FP32,7.0064923216240853e-46,0", "FP16,65519.99,7bff", "FP16,65520,7c00",
            "FP16,-65520,fc00", "FP16,5.960464477539063e-8,1", "FP16,2.9802322387695312e-8,0",
            "BF16,3.39617753e38,7f80",
            "BF16,3.39e38,7f7f", "FP32,-0.0,80000000", "FP16,-0.0,8000"})
    void read_floats_beyondTheirBoundsAreInfiniteOrZero(DataType type, String text, String bits)
            throws InferenceException {
        byte[] data = Bodies.bytesOf(read(type, 1, "[" + text + "]").segment());
        ByteBuffer bytes = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
        int actual = data.length == 2 ? bytes.getShort() & 0xFFFF : bytes.getInt();
        assertThat(Integer.toHexString(actual)).isEqualTo(bits);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = {"BYTES", "BOOL"})
    void read_manyNumbers_readsEachAsItReadsItAlone(DataType type) throws InferenceException {
        boolean integers = type.name().contains("INT");
        for (int round = 0; round < 50; round++) {
            String[] numbers = new String[1 + random.nextInt(200)];
            Arrays.setAll(numbers, i -> integers ? integer(type) : decimal());
            byte[] together = Bodies.bytesOf(read(type, numbers.length, joined(numbers)).segment());
            for (int i = 0; i < numbers.length; i++) {
                byte[] alone = Bodies.bytesOf(read(type, 1, "[" + numbers[i] + "]").segment());
                int at = i * type.byteSize();
                assertThat(Arrays.copyOfRange(together, at, at + type.byteSize())).as(numbers[i]).isEqualTo(alone);
            }
        }
    }

    private String integer(DataType type) {
        long value = random.nextLong() >>> random.nextInt(64);
        return type.name().startsWith("U") ? Long.toUnsignedString(value)
                : Long.toString(random.nextBoolean() ? value : -value);
    }

    private String decimal() {
        return switch (random.nextInt(5)) {
            case 0 -> Float.toString((float) random.nextGaussian());
            case 1 -> Double.toString((float) random.nextGaussian());
            case 2 -> Integer.toString(random.nextInt() >> random.nextInt(32));
            case 3 -> Double.toString(random.nextGaussian() * Math.pow(10, random.nextInt(40) - 20));
            default -> "0." + "0".repeat(random.nextInt(25)) + random.nextInt(1 << 30);
        };
    }

    /** An array with the separators of several clients. */
    private String joined(String[] numbers) {
        StringBuilder json = new StringBuilder("[");
        for (String number : numbers) {
            String[] separators = {",", ", ", " ,", ",\n  "};
            json.append(json.length() == 1 ? "" : separators[random.nextInt(separators.length)]).append(number);
        }
        return json.append("]").toString();
    }

    @ParameterizedTest
    @CsvSource({"01", "1.", ".5", "1.5.5", "1e", "x", "true", "'\"1\"'", "1 2", "'1,'", "''"})
    void read_aFaultInTheMiddle_isTheSameErrorAtItsPlace(String fault) {
        String before = "[" + "1.25,".repeat(60);
        String behind = ",0.5".repeat(60) + "]";
        String alone = messageOf("[" + fault + behind);
        String moved = Pattern.compile(" at (\\d+)$").matcher(alone.replace("element 0", "element 60"))
                .replaceFirst(at -> " at " + (Integer.parseInt(at.group(1)) + before.length() - 1));
        assertThat(messageOf(before + fault + behind)).isEqualTo(moved);
    }

    private String messageOf(String json) {
        return String.valueOf(catchThrowable(() -> read(DataType.FP32, 121, json)).getMessage());
    }

    @Test
    void read_nestedAtRandom_countsOnlyLeavesInOrder() throws InferenceException {
        for (int round = 0; round < 2_000; round++) {
            StringBuilder json = new StringBuilder();
            int leaves = nest(json, 0, 5);
            byte[] data = Bodies.bytesOf(read(DataType.UINT8, leaves, json.toString()).segment());
            assertThat(data).as(json.toString()).hasSize(leaves);
            for (int i = 0; i < leaves; i++) {
                assertThat(data[i]).as(json.toString()).isEqualTo((byte) i);
            }
            assertThat(new TensorDataReader(Json.scanner(json.toString()), held, MAX_INPUT).count()).isEqualTo(leaves);
        }
    }

    /** Writes an array of arrays and of leaves numbered from {@code first} on; returns the number after the last. */
    private int nest(StringBuilder json, int first, int depth) {
        int next = first;
        json.append('[');
        for (int i = random.nextInt(4); i > 0; i--) {
            if (depth > 0 && random.nextBoolean()) {
                next = nest(json, next, depth - 1);
            } else {
                json.append(next++ & 0xFF);
            }
            json.append(i > 1 ? " , " : " ");
        }
        json.append(']');
        return next;
    }

    @Test
    void writeAndRead_randomStrings_areTheSameAgainAndAsJacksonReadsThem() throws Exception {
        String[] strings = new String[30];
        for (int i = 0; i < strings.length; i++) {
            strings[i] = random.ints(random.nextInt(8), 0, 0x3000).mapToObj(Character::toString)
                    .reduce("\"", String::concat);
        }
        byte[] data = Bodies.strings(strings);
        String json = written(DataType.BYTES, Shape.of(5, 6), data);
        assertThat(JACKSON.readValue(json, String[].class)).isEqualTo(strings);
        assertThat(Bodies.bytesOf(read(DataType.BYTES, 30, json).segment())).isEqualTo(data);
    }

    @Test
    void read_byteSize_upToTheLimitAndNoFurther() throws InferenceException {
        int last = MAX_INPUT / Long.BYTES;
        assertThat(read(DataType.INT64, last, "[" + "1,".repeat(last - 1) + "1]").length()).isEqualTo(MAX_INPUT);
        assertThatThrownBy(() -> read(DataType.INT64, last + 1, "[" + "1,".repeat(last) + "1]"))
                .isInstanceOfSatisfying(InferenceException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG))
                .hasMessage("JSON input 'IN' has a byte_size (65544) that exceeds the maximum allowed value of 65536 "
                        + "bytes. Use --http-max-input-size to increase the limit.");
        String string = "x".repeat(MAX_INPUT - Integer.BYTES);
        assertThat(read(DataType.BYTES, 1, "[\"" + string + "\"]").length()).isEqualTo(MAX_INPUT);
        assertThatThrownBy(() -> read(DataType.BYTES, 1, "[\"" + string + "x\"]")).hasMessageContaining("(65537)");
    }

    @ParameterizedTest
    @EnumSource
    void read_cutAnywhere_isRefused(DataType type) {
        String leaf = type == DataType.BYTES ? "\"\\u00e9x\"" : type == DataType.BOOL ? "true" : "12";
        String json = "[[" + leaf + ", " + leaf + "],[" + leaf + "]]";
        for (int length = 0; length < json.length(); length++) {
            String cut = json.substring(0, length);
            assertThatThrownBy(() -> read(type, 3, cut)).as(cut).isInstanceOf(InferenceException.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void write_oneByteTooFew_isNotWhatTheShapeSays(DataType type) {
        byte[] data = type == DataType.BYTES ? Bodies.strings("ab", "cd") : new byte[2 * type.byteSize()];
        for (int length = 0; length < data.length; length++) {
            byte[] cut = Arrays.copyOf(data, length);
            assertThatThrownBy(() -> written(type, Shape.of(2), cut)).as("%s bytes", length)
                    .isInstanceOfSatisfying(InferenceException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.INTERNAL))
                    .hasMessage("output tensor shape does not match size of output for 'OUT'");
        }
    }

    @ParameterizedTest
    @CsvSource({"-1", "2147483647", "-2147483648", "3"})
    void write_stringLongerThanTheData_isNotWhatTheShapeSays(int length) {
        byte[] data = ByteBuffer.allocate(6).order(ByteOrder.LITTLE_ENDIAN).putInt(length).array();
        assertThatThrownBy(() -> written(DataType.BYTES, Shape.of(1), data))
                .hasMessage("output tensor shape does not match size of output for 'OUT'");
    }

    @Test
    void read_fewerElementsThanClaimed_takesOnlyTheMemoryTheTextCouldFill() {
        long before = memory.bytesInUse();
        assertThatThrownBy(() -> read(DataType.FP64, MAX_INPUT / Double.BYTES, "[1.5]"))
                .hasMessageEndingWith("(input 'IN': expected 8192 elements, got 1)");
        assertThat(memory.bytesInUse() - before).isLessThan(MAX_INPUT / 2);
    }
}
