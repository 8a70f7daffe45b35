package io.nereid.server.grpc.codec;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.UnknownFieldSet;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.grpc.codec.Parameter.Choice;
import io.nereid.server.grpc.proto.InferParameter;
import io.nereid.server.protocol.RequestLimits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Entries of a map of parameters, written by protobuf. */
class ParameterTest {
    private static final RequestLimits LIMITS = new RequestLimits(3, 20, 40);

    /** The entry of a map, its length before it. */
    private static byte[] entry(String name, byte[] value) throws IOException {
        ByteArrayOutputStream inner = new ByteArrayOutputStream();
        CodedOutputStream fields = CodedOutputStream.newInstance(inner);
        fields.writeString(1, name);
        fields.writeByteArray(2, value);
        fields.flush();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        out.writeByteArrayNoTag(inner.toByteArray());
        out.flush();
        return bytes.toByteArray();
    }

    private static Parameter read(byte[] entry, int pieceBytes, int before) throws InferenceException {
        return Parameter.read(new ProtoReader(Pieces.of(entry, pieceBytes), entry.length, LIMITS), before);
    }

    private static InferParameter value(Choice choice) {
        InferParameter.Builder value = InferParameter.newBuilder();
        return switch (choice) {
            case NONE -> value.build();
            case BOOL -> value.setBoolParam(true).build();
            case INT64 -> value.setInt64Param(Long.MIN_VALUE).build();
            case STRING -> value.setStringParam("東京").build();
            case DOUBLE -> value.setDoubleParam(-0.0).build();
            case UINT64 -> value.setUint64Param(-2).build();
        };
    }

    private static Parameter expected(Choice choice) {
        return switch (choice) {
            case NONE -> new Parameter("é", choice, 0, "");
            case BOOL -> new Parameter("é", choice, 1, "");
            case INT64 -> new Parameter("é", choice, Long.MIN_VALUE, "");
            case STRING -> new Parameter("é", choice, 0, "東京");
            case DOUBLE -> new Parameter("é", choice, Long.MIN_VALUE, "");
            case UINT64 -> new Parameter("é", choice, -2, "");
        };
    }

    @ParameterizedTest
    @EnumSource
    void read_everyChoiceBesideUnknownFields_isThatChoice(Choice choice) throws Exception {
        UnknownFieldSet unknown = UnknownFieldSet.newBuilder().addField(1 << 20, UnknownFieldSet.Field.newBuilder()
                .addVarint(-1).addFixed32(-1).addFixed64(-1).addLengthDelimited(value(choice).toByteString()).build())
                .build();
        byte[] entry = entry("é", value(choice).toBuilder().setUnknownFields(unknown).build().toByteArray());
        for (int pieceBytes = 1; pieceBytes <= entry.length; pieceBytes++) {
            assertThat(read(entry, pieceBytes, 0)).isEqualTo(expected(choice));
        }
    }

    @ParameterizedTest
    @EnumSource
    void read_cutAnywhere_isMalformed(Choice choice) throws Exception {
        byte[] entry = entry("é", value(choice).toByteArray());
        for (int length = 0; length < entry.length; length++) {
            byte[] cut = Arrays.copyOf(entry, length);
            refused(() -> read(cut, 2, 0), "the request message is malformed: " + (length == 0
                    ? "it ends in the middle of a field"
                    : "a field is longer than the message"));
        }
    }

    @Test
    void read_severalChoices_theLastOneCounts() throws Exception {
        for (Choice first : Choice.values()) {
            byte[] both = value(first).toByteString().concat(value(Choice.UINT64).toByteString()).toByteArray();
            assertThat(InferParameter.parseFrom(both)).isEqualTo(value(Choice.UINT64));
            Parameter read = read(entry("p", both), 5, 0);
            assertThat(read.choice()).isEqualTo(Choice.UINT64);
            assertThat(read.number()).isEqualTo(-2);
        }
    }

    @Test
    void read_entriesUpToTheLimit_andNoneBeyond() throws Exception {
        byte[] entry = entry("p", new byte[0]);
        assertThat(read(entry, 9, 2).name()).isEqualTo("p");
        refused(() -> read(entry, 9, 3), "request has 4 or more parameters (expected at most 3). Use "
                + "--max-request-parameters to increase the limit.");
    }

    @Test
    void read_textsUpToTheLimits_andNoByteBeyond() throws Exception {
        String twenty = "x".repeat(20);
        byte[] most = entry(twenty, InferParameter.newBuilder().setStringParam(twenty).build().toByteArray());
        assertThat(read(most, 9, 0).text()).isEqualTo(twenty);
        byte[] longValue = entry("", InferParameter.newBuilder().setStringParam(twenty + "y").build().toByteArray());
        String tooLong = "request has a name, id, key or string parameter of 21 bytes (expected at most 20 bytes). "
                + "Use --max-request-string-size to increase the limit.";
        refused(() -> read(longValue, 9, 0), tooLong);
        refused(() -> read(entry("é".repeat(10) + "y", new byte[0]), 9, 0), tooLong);
        ProtoReader two = new ProtoReader(Pieces.of(join(most, entry("z", new byte[0])), 9), 1000, LIMITS);
        Parameter.read(two, 0);
        refused(() -> Parameter.read(two, 1), "request has 41 or more bytes that are no tensor's data (expected at "
                + "most 40 bytes). Use --max-request-head-size to increase the limit.");
    }

    private static byte[] join(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    interface Reading {
        void read() throws Exception;
    }

    static void refused(Reading reading, String text) {
        assertThatExceptionOfType(InferenceException.class).isThrownBy(reading::read).withMessage(text)
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG));
    }

    static Parameter int64(String name, long value) {
        return new Parameter(name, Choice.INT64, value, "");
    }
}
