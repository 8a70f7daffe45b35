package io.nereid.server.grpc.codec;

import com.google.protobuf.CodedOutputStream;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

/** Writes byte for byte what protobuf's own writer does. */
class ProtoWriterTest {
    private static final long SEED = 20261129;
    private static final int MAX_FIELD = (1 << 29) - 1;

    private final ByteArrayOutputStream expected = new ByteArrayOutputStream();
    private final CodedOutputStream reference = CodedOutputStream.newInstance(expected);

    @Test
    void sizeOf_numbersAroundEveryPowerOfTwo_isWhatProtobufTakes() {
        for (int bit = 0; bit < Long.SIZE; bit++) {
            for (long value = (1L << bit) - 1; value - (1L << bit) <= 1; value++) {
                assertThat(ProtoWriter.sizeOf(value)).as("%d", value)
                        .isEqualTo(CodedOutputStream.computeUInt64SizeNoTag(value));
                ProtoWriter out = new ProtoWriter(0);
                out.varint(value);
                assertThat(out.length()).as("%d", value).isEqualTo(ProtoWriter.sizeOf(value));
            }
        }
    }

    @Test
    void write_randomFields_areProtobufsBytes() throws IOException {
        Random random = new Random(SEED);
        for (int round = 0; round < 500; round++) {
            expected.reset();
            ProtoWriter out = new ProtoWriter(random.nextInt(4));
            for (int i = random.nextInt(20); i >= 0; i--) {
                writeRandomField(random, out);
            }
            reference.flush();
            assertThat(Arrays.copyOf(out.array(), out.length())).as("seed %d, message %d", SEED, round)
                    .isEqualTo(expected.toByteArray());
        }
    }

    private void writeRandomField(Random random, ProtoWriter out) throws IOException {
        int field = random.nextBoolean() ? 1 + random.nextInt(20) : 1 + random.nextInt(MAX_FIELD);
        long value = random.nextLong() >>> random.nextInt(Long.SIZE);
        switch (random.nextInt(3)) {
            case 0 -> {
                out.number(field, value);
                reference.writeUInt64(field, value);
            }
            case 1 -> {
                out.real(field, Double.longBitsToDouble(value));
                reference.writeDouble(field, Double.longBitsToDouble(value));
            }
            default -> {
                byte[] bytes = new byte[random.nextInt(300)];
                random.nextBytes(bytes);
                out.bytes(field, bytes);
                reference.writeByteArray(field, bytes);
            }
        }
    }

    @Test
    void number_ofTheLastFieldThereIs_hasATagOfFiveBytes() throws IOException {
        ProtoWriter out = new ProtoWriter(0);
        out.number(MAX_FIELD, -1);
        reference.writeInt64(MAX_FIELD, -1);
        reference.flush();
        assertThat(Arrays.copyOf(out.array(), out.length())).hasSize(15).isEqualTo(expected.toByteArray());
    }

    @Test
    void text_empty_isLeftOutWhereEmptyBytesAreNot() {
        ProtoWriter out = new ProtoWriter(8);
        out.text(1, "");
        assertThat(out.length()).isZero();
        out.bytes(1, new byte[0]);
        assertThat(Arrays.copyOf(out.array(), out.length())).containsExactly(10, 0);
    }

    @Test
    void message_withinMessages_standsBehindItsLength() throws IOException {
        ProtoWriter inner = new ProtoWriter(0);
        inner.text(2, "東京".repeat(50));
        ProtoWriter middle = new ProtoWriter(0);
        middle.message(3, inner);
        ProtoWriter outer = new ProtoWriter(0);
        outer.raw(middle);
        outer.message(4, new ProtoWriter(0));
        reference.writeTag(3, 2);
        reference.writeUInt32NoTag(303);
        reference.writeString(2, "東京".repeat(50));
        reference.writeByteArray(4, new byte[0]);
        reference.flush();
        assertThat(Arrays.copyOf(outer.array(), outer.length())).isEqualTo(expected.toByteArray());
    }
}
