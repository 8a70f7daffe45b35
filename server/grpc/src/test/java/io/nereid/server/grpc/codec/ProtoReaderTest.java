package io.nereid.server.grpc.codec;

import com.google.protobuf.CodedOutputStream;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.protocol.RequestLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ProtoReaderTest {
    private static final long[] NUMBERS = {0, 1, 127, 128, 16383, 16384, Integer.MAX_VALUE, Integer.MIN_VALUE, -1,
            Long.MAX_VALUE, Long.MIN_VALUE};

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 1000})
    void fields_inPiecesOfAnySize_areReadAsProtobufWritesThem(int pieceBytes) throws Exception {
        byte[] message = message(out -> {
            for (int i = 0; i < NUMBERS.length; i++) {
                out.writeInt64(i + 1, NUMBERS[i]);
            }
            out.writeString(20, "Größe 東京 \uD83D\uDE00");
            out.writeFixed32(21, 0xfedcba98);
            out.writeFixed64(22, 0xfedcba9876543210L);
            out.writeByteArray(23, new byte[]{1, 2, 3, 4, 5, 6, 7, 8, 9});
            out.writeBool(1000, true);
        });
        ProtoReader in = reader(message, pieceBytes);
        for (int i = 0; i < NUMBERS.length; i++) {
            assertThat(in.tag()).isEqualTo(ProtoReader.tag(i + 1, ProtoReader.VARINT));
            assertThat(in.varint()).isEqualTo(NUMBERS[i]);
        }
        assertThat(in.tag()).isEqualTo(ProtoReader.tag(20, ProtoReader.BYTES));
        assertThat(in.text()).isEqualTo("Größe 東京 \uD83D\uDE00");
        in.tag();
        assertThat(in.fixed32()).isEqualTo(0xfedcba98);
        in.tag();
        assertThat(in.fixed64()).isEqualTo(0xfedcba9876543210L);
        in.tag();
        byte[] bytes = new byte[(int) in.length()];
        in.copyTo(MemorySegment.ofArray(bytes));
        assertThat(bytes).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertThat(in.tag()).isEqualTo(ProtoReader.tag(1000, ProtoReader.VARINT));
        assertThat(in.bool()).isTrue();
        assertThat(in.tag()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 1000})
    void skip_fieldsOfEveryForm_findsTheOneBehindThem(int pieceBytes) throws Exception {
        ProtoReader in = reader(message(out -> {
            out.writeUInt64(1, 300);
            out.writeFixed32(2, 1);
            out.writeFixed64(3, 1);
            out.writeString(4, "a text that spans some pieces");
            out.writeInt32(5, 42);
        }), pieceBytes);
        for (int i = 0; i < 4; i++) {
            in.skip(in.tag());
        }
        assertThat(in.tag()).isEqualTo(ProtoReader.tag(5, ProtoReader.VARINT));
        assertThat(in.varint()).isEqualTo(42);
    }

    @Test
    void leave_beforeTheEndOfAMessage_goesOnBehindIt() throws Exception {
        byte[] inner = message(out -> {
            out.writeInt32(1, 1);
            out.writeString(2, "not read");
        });
        ProtoReader in = reader(message(out -> {
            out.writeByteArray(1, inner);
            out.writeInt32(2, 7);
        }), 4);
        in.tag();
        long outer = in.enter();
        in.tag();
        in.varint();
        in.leave(outer);
        assertThat(in.tag()).isEqualTo(ProtoReader.tag(2, ProtoReader.VARINT));
        assertThat(in.varint()).isEqualTo(7);
    }

    @Test
    void length_beyondTheMessage_isMalformed() throws Exception {
        refused(new byte[]{10, 127, 0}, in -> {
            in.tag();
            in.text();
        }, "a field is longer than the message");
        refused(new byte[]{10, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff,
                (byte) 0xff,
                (byte) 0xff, (byte) 0xff, 1}, in -> {
                    in.tag();
                    in.length();
                }, "a field is longer than the message");
    }

    @Test
    void innerLength_beyondTheMessageAround_isMalformed() throws Exception {
        refused(new byte[]{10, 2, 10, 5, 0, 0, 0, 0, 0}, in -> {
            in.tag();
            in.enter();
            in.tag();
            in.length();
        }, "a field is longer than the message");
    }

    @Test
    void varint_ofElevenBytes_isMalformed() throws Exception {
        byte[] bytes = new byte[12];
        java.util.Arrays.fill(bytes, (byte) 0x80);
        refused(bytes, ProtoReader::varint, "a number has more than ten bytes");
    }

    @Test
    void text_thatIsNotUtf8_isMalformed() throws Exception {
        refused(new byte[]{10, 2, (byte) 0xc3, 0x28}, in -> {
            in.tag();
            in.text();
        }, "a text is not UTF-8");
    }

    @Test
    void text_longerThanAStringMayBe_isRefusedByItsLength() throws Exception {
        byte[] message = message(out -> out.writeByteArray(1, new byte[(64 << 10) + 1]));
        refusedWith(message, ProtoReader::text, "request has a name, id, key or string parameter of 65537 "
                + "bytes (expected "
                + "at most 65536 bytes). Use --max-request-string-size to increase the limit.");
        ProtoReader in = reader(message(out -> out.writeByteArray(1, new byte[64 << 10])), 1000);
        in.tag();
        assertThat(in.text()).hasSize(64 << 10);
    }

    @Test
    void texts_ofMoreThanTheHeapShouldHold_areRefusedByTheirLengths() throws Exception {
        byte[] message = message(out -> {
            for (int i = 0; i < 17; i++) {
                out.writeByteArray(1, new byte[64 << 10]);
            }
        });
        refusedWith(message, ProtoReader::text, "request has 1114112 or more bytes that are no tensor's data "
                + "(expected at most "
                + "1048576 bytes). Use --max-request-head-size to increase the limit.");
    }

    /** What reading all fields with {@code reading} fails with. */
    private static void refusedWith(byte[] message, Reading reading, String text) {
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> {
            ProtoReader in = reader(message, 1000);
            while (in.tag() != 0) {
                reading.read(in);
            }
        }).withMessage(text).satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG));
    }

    @Test
    void tag_withoutNumberOrOfAnUnknownForm_isMalformed() throws Exception {
        refused(new byte[]{0, 1}, ProtoReader::tag, "a field has no number");
        refused(new byte[]{(1 << 3) | 7}, in -> in.skip(in.tag()), "field 1 is of an unknown form");
        refused(new byte[]{(1 << 3) | 3}, in -> in.skip(in.tag()), "field 1 is of an unknown form");
    }

    @Test
    void tag_ofMoreThan32Bits_isMalformedAndNoEndOfTheMessage() throws Exception {
        for (long tag : new long[]{1L << 32, 1L << 32 | 8, Long.MIN_VALUE, Long.MIN_VALUE | 8, -1L << 32, 7}) {
            refused(message(out -> out.writeUInt64NoTag(tag)), ProtoReader::tag, "a field has no number");
        }
        ProtoReader last = reader(message(out -> out.writeUInt64NoTag(0xffff_fff8L)), 2);
        assertThat(last.tag() >>> 3).isEqualTo((1 << 29) - 1);
    }

    @Test
    void message_shorterThanItsLength_isMalformed() {
        ProtoReader in = new ProtoReader(Pieces.of("x".getBytes(StandardCharsets.US_ASCII), 1), 5,
                RequestLimits.DEFAULT);
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> {
            in.varint();
            in.fixed32();
        }).withMessageContaining("it ends in the middle of a field");
    }

    private static void refused(byte[] message, Reading reading, String why) {
        assertThatExceptionOfType(InferenceException.class).isThrownBy(() -> reading.read(reader(message, 3)))
                .withMessage("the request message is malformed: " + why)
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG));
    }

    private static ProtoReader reader(byte[] message, int pieceBytes) {
        return new ProtoReader(Pieces.of(message, pieceBytes), message.length, RequestLimits.DEFAULT);
    }

    private static byte[] message(Writing writing) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        writing.write(out);
        out.flush();
        return bytes.toByteArray();
    }

    private interface Writing {
        void write(CodedOutputStream out) throws IOException;
    }

    private interface Reading {
        void read(ProtoReader in) throws InferenceException;
    }
}
