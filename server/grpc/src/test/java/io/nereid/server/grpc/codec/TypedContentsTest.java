package io.nereid.server.grpc.codec;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.UnknownFieldSet;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InputMemory;
import io.nereid.inference.PoisonedMemory;
import io.nereid.inference.TensorMemory;
import io.nereid.server.grpc.proto.InferTensorContents;
import io.nereid.server.protocol.RequestLimits;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Lists of typed elements, written by protobuf, at the bounds of their types and in every form they may come in. */
class TypedContentsTest {
    private static final int MEMORY = 1 << 12;
    private static final long SEED = 20261129;

    private final TensorMemory memory = new PoisonedMemory(MEMORY, 0);
    private final HeldBuffers buffers = new HeldBuffers(InputMemory.of(memory));

    @AfterEach
    void everythingIsGivenBack() {
        buffers.release();
        assertThat(memory.bytesInUse()).isZero();
        memory.close();
    }

    @ParameterizedTest
    @CsvSource({"INT8,-128", "INT8,127", "INT16,-32768", "INT16,32767", "INT32,-2147483648", "INT32,2147483647",
            "INT64,-9223372036854775808", "INT64,9223372036854775807", "UINT8,0", "UINT8,255", "UINT16,65535",
            "UINT32,4294967295", "UINT64,18446744073709551615"})
    void data_integerAtABoundOfItsType_isThatInteger(DataType type, BigInteger value) throws Exception {
        assertThat(tensor(type, integers(type, value))).isEqualTo(littleEndian(value, type.byteSize()));
    }

    @ParameterizedTest
    @CsvSource({"INT8,-129,127", "INT8,128,-128", "INT16,-32769,32767", "INT16,32768,-32768", "UINT8,256,0",
            "UINT16,65536,0", "UINT16,65537,1"})
    void data_integerBeyondItsType_isCutToItsLowestBytes(DataType type, BigInteger value, BigInteger cut)
            throws Exception {
        assertThat(tensor(type, integers(type, value))).isEqualTo(littleEndian(cut, type.byteSize()));
    }

    private static InferTensorContents integers(DataType type, BigInteger value) {
        InferTensorContents.Builder contents = InferTensorContents.newBuilder();
        return switch (type) {
            case INT8, INT16, INT32 -> contents.addIntContents(value.intValue()).build();
            case UINT8, UINT16, UINT32 -> contents.addUintContents(value.intValue()).build();
            case INT64 -> contents.addInt64Contents(value.longValue()).build();
            default -> contents.addUint64Contents(value.longValue()).build();
        };
    }

    private static byte[] littleEndian(BigInteger value, int byteSize) {
        byte[] bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value.longValue()).array();
        return Arrays.copyOf(bytes, byteSize);
    }

    @Test
    void data_floatsOfEveryClass_keepTheirBits() throws Exception {
        float[] floats = {-0f, Float.MIN_VALUE, Float.MAX_VALUE, Float.NEGATIVE_INFINITY,
                Float.intBitsToFloat(0x7fc00001)};
        double[] doubles = {-0.0, Double.MIN_VALUE, Double.MAX_VALUE, Double.NEGATIVE_INFINITY,
                Double.longBitsToDouble(0x7ff8000000000001L)};
        InferTensorContents.Builder singles = InferTensorContents.newBuilder();
        InferTensorContents.Builder longs = InferTensorContents.newBuilder();
        for (int i = 0; i < floats.length; i++) {
            singles.addFp32Contents(floats[i]);
            longs.addFp64Contents(doubles[i]);
        }
        assertThat(ByteBuffer.wrap(tensor(DataType.FP32, singles.build())).order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()).isEqualTo(FloatBuffer.wrap(floats));
        assertThat(ByteBuffer.wrap(tensor(DataType.FP64, longs.build())).order(ByteOrder.LITTLE_ENDIAN)
                .asDoubleBuffer()).isEqualTo(DoubleBuffer.wrap(doubles));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 64, 5000})
    void read_packedUnpackedAndInSeveralParts_areOneList(int pieceBytes) throws Exception {
        Random random = new Random(SEED);
        for (DataType type : new DataType[]{DataType.INT32, DataType.UINT64, DataType.FP32, DataType.FP64}) {
            for (int round = 0; round < 30; round++) {
                byte[] message = randomList(type, random);
                InferTensorContents reference = InferTensorContents.parseFrom(message);
                assertThat(tensor(type, message, pieceBytes)).as("%s, seed %d, list %d", type, SEED, round)
                        .isEqualTo(bytesOf(type, reference));
            }
        }
    }

    /** Up to six parts of a list, each packed or one unpacked element, with fields between them that nobody knows. */
    private static byte[] randomList(DataType type, Random random) throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        for (int part = random.nextInt(6); part >= 0; part--) {
            InferTensorContents.Builder packed = InferTensorContents.newBuilder();
            UnknownFieldSet.Field.Builder single = UnknownFieldSet.Field.newBuilder();
            for (int i = random.nextInt(5); i >= 0; i--) {
                add(packed, type, random.nextLong() >> random.nextInt(64));
            }
            if (type == DataType.FP32) {
                single.addFixed32(random.nextInt());
            } else if (type == DataType.FP64) {
                single.addFixed64(random.nextLong());
            } else {
                single.addVarint(random.nextLong() >> random.nextInt(64));
            }
            message.write(random.nextBoolean() ? packed.build().toByteArray() : field(fieldOf(type), single));
            message.write(field(100, UnknownFieldSet.Field.newBuilder().addVarint(-1).addFixed32(1).addFixed64(1)
                    .addLengthDelimited(ByteString.copyFromUtf8("x".repeat(random.nextInt(5))))));
        }
        return message.toByteArray();
    }

    private static byte[] field(int number, UnknownFieldSet.Field.Builder field) {
        return UnknownFieldSet.newBuilder().addField(number, field.build()).build().toByteArray();
    }

    private static void add(InferTensorContents.Builder list, DataType type, long bits) {
        switch (type) {
            case INT32 -> list.addIntContents((int) bits);
            case UINT64 -> list.addUint64Contents(bits);
            case FP32 -> list.addFp32Contents(Float.intBitsToFloat((int) bits));
            default -> list.addFp64Contents(Double.longBitsToDouble(bits));
        }
    }

    private static int fieldOf(DataType type) {
        return switch (type) {
            case INT32 -> InferTensorContents.INT_CONTENTS_FIELD_NUMBER;
            case UINT64 -> InferTensorContents.UINT64_CONTENTS_FIELD_NUMBER;
            case FP32 -> InferTensorContents.FP32_CONTENTS_FIELD_NUMBER;
            default -> InferTensorContents.FP64_CONTENTS_FIELD_NUMBER;
        };
    }

    private static byte[] bytesOf(DataType type, InferTensorContents list) {
        ByteBuffer bytes = ByteBuffer.allocate(MEMORY).order(ByteOrder.LITTLE_ENDIAN);
        switch (type) {
            case INT32 -> list.getIntContentsList().forEach(bytes::putInt);
            case UINT64 -> list.getUint64ContentsList().forEach(bytes::putLong);
            case FP32 -> list.getFp32ContentsList().forEach(value -> bytes.putInt(Float.floatToRawIntBits(value)));
            default -> list.getFp64ContentsList().forEach(value -> bytes.putLong(Double.doubleToRawLongBits(value)));
        }
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    @Test
    void read_elementOfAnotherForm_isMalformed() {
        String why = "the request message is malformed: the contents of a tensor are of another type than their field";
        UnknownFieldSet.Field.Builder varint = UnknownFieldSet.Field.newBuilder().addVarint(1);
        UnknownFieldSet.Field.Builder fixed32 = UnknownFieldSet.Field.newBuilder().addFixed32(1);
        UnknownFieldSet.Field.Builder fixed64 = UnknownFieldSet.Field.newBuilder().addFixed64(1);
        for (int number = 1; number <= 5; number++) {
            refused(field(number, fixed32), DataType.BOOL, why);
            refused(field(number, fixed64), DataType.BOOL, why);
        }
        refused(field(6, varint), DataType.FP32, why);
        refused(field(6, fixed64), DataType.FP32, why);
        refused(field(7, fixed32), DataType.FP64, why);
        refused(field(8, varint), DataType.BYTES, why);
    }

    @Test
    void read_packedFloatsThatEndWithinOne_areMalformed() {
        String why = "the request message is malformed: a list of numbers ends in the middle of one";
        for (int length = 1; length < 4; length++) {
            refused(field(6, UnknownFieldSet.Field.newBuilder()
                    .addLengthDelimited(ByteString.copyFrom(new byte[4 + length]))
                    .addLengthDelimited(ByteString.copyFrom(new byte[4 - length]))), DataType.FP32, why);
        }
        refused(field(7, UnknownFieldSet.Field.newBuilder().addLengthDelimited(ByteString.copyFrom(new byte[4]))),
                DataType.FP64, why);
    }

    @Test
    void data_listOfAnotherKindThanItsDatatype_namesBoth() throws Exception {
        DataType[] kinds = {DataType.BOOL, DataType.INT32, DataType.INT64, DataType.UINT32, DataType.UINT64,
                DataType.FP32, DataType.FP64, DataType.BYTES};
        for (int i = 0; i < kinds.length; i++) {
            byte[] empty = field(i + 1, UnknownFieldSet.Field.newBuilder().addLengthDelimited(ByteString.EMPTY));
            refused(empty, DataType.BF16, "unexpected explicit tensor data for input tensor 'A' for model 'm' of type '"
                    + kinds[i] + "', expected datatype 'BF16'");
            assertThat(tensor(kinds[i], empty, 1)).hasSize(kinds[i] == DataType.BYTES ? 4 : 0);
        }
    }

    @Test
    void read_moreThanTheMemoryHolds_isRefusedAndWhatWasReadIsGivenBack() throws Exception {
        InferTensorContents full = InferTensorContents.newBuilder()
                .addBytesContents(ByteString.copyFrom(new byte[MEMORY / 2 - 4])).build();
        assertThat(tensor(DataType.BYTES, full)).hasSize(MEMORY / 2);
        byte[] beyond = full.toBuilder().addBytesContents(ByteString.EMPTY).build().toByteArray();
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> tensor(DataType.BYTES, beyond, 7))
                .withMessageStartingWith("no tensor memory left for 4096 bytes")
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE));
    }

    private void refused(byte[] message, DataType type, String text) {
        assertThatExceptionOfType(InferenceException.class).as(type.name())
                .isThrownBy(() -> tensor(type, message, 3)).withMessage(text)
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG));
    }

    private byte[] tensor(DataType type, InferTensorContents contents) throws InferenceException, IOException {
        return tensor(type, contents.toByteArray(), 3);
    }

    private byte[] tensor(DataType type, byte[] message, int pieceBytes) throws InferenceException, IOException {
        TypedContents contents = new TypedContents(buffers);
        ByteArrayOutputStream delimited = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(delimited);
        out.writeByteArrayNoTag(message);
        out.flush();
        try {
            ProtoReader in = new ProtoReader(Pieces.of(delimited.toByteArray(), pieceBytes), delimited.size(),
                    RequestLimits.DEFAULT);
            contents.read(in);
            return contents.data("m", "A", type).segment().toArray(ValueLayout.JAVA_BYTE);
        } finally {
            buffers.release();
        }
    }
}
