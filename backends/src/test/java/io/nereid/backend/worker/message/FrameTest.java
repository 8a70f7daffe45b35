package io.nereid.backend.worker.message;

import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class FrameTest {
    private static byte[] frame(FrameWriter writer) {
        return Arrays.copyOf(writer.end().bytes(), writer.size());
    }

    private static FrameWriter writer() {
        return new FrameWriter(16).begin(MessageType.EXECUTE);
    }

    @Test
    void fields_written_areReadInTheirOrder() throws Exception {
        FrameReader in = FrameReader.of(frame(writer().u8(200).flag(true).u32(-1).u64(Long.MIN_VALUE).f64(0.1)
                .str("Grüße").str("").strings(List.of("a", "bc"))));

        assertThat(in.type()).isEqualTo(MessageType.EXECUTE);
        assertThat(in.u8()).isEqualTo(200);
        assertThat(in.flag()).isTrue();
        assertThat(in.i32()).isEqualTo(-1);
        assertThat(in.i64()).isEqualTo(Long.MIN_VALUE);
        assertThat(in.f64()).isEqualTo(0.1);
        assertThat(in.str()).isEqualTo("Grüße");
        assertThat(in.str()).isEmpty();
        assertThat(in.strings()).containsExactly("a", "bc");
        in.end();
    }

    @Test
    void end_bytesAreLeft_isMalformed() throws Exception {
        FrameReader in = FrameReader.of(frame(writer().u8(1)));

        assertThatThrownBy(in::end).isInstanceOf(MalformedFrameException.class).hasMessageContaining("1 bytes behind");
    }

    @ParameterizedTest
    @EnumSource(DataType.class)
    void tensor_inline_isAlignedAndRead(DataType type) throws Exception {
        byte[] data = {1, 2, 3, 4, 5, 6, 7, 8};
        byte[] frame = frame(writer().u8(9).tensorHead("IN", type, Shape.of(2, 4)).inline(MemorySegment.ofArray(data)));
        FrameReader in = FrameReader.of(frame);
        assertThat(in.u8()).isEqualTo(9);

        WireTensor tensor = in.tensor();

        assertThat(tensor.name()).isEqualTo("IN");
        assertThat(tensor.dataType()).isEqualTo(type);
        assertThat(tensor.shape()).isEqualTo(Shape.of(2, 4));
        MemorySegment read = ((Location.Inline) tensor.location()).data();
        assertThat(read.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(data);
        assertThat((frame.length - data.length) % 16).isZero();
        in.end();
    }

    @Test
    void tensor_shared_isRead() throws Exception {
        FrameReader in = FrameReader.of(frame(writer().tensorHead("X", DataType.FP32, Shape.SCALAR).shared(64, 4)));

        assertThat(in.tensor())
                .isEqualTo(new WireTensor("X", DataType.FP32, Shape.SCALAR, new Location.Shared(64, 4)));
    }

    @Test
    void error_everyCode_isReadAsWritten() throws Exception {
        for (ErrorCode code : ErrorCode.values()) {
            InferenceException error = FrameReader.of(frame(writer().error(new InferenceException(code, "why"))))
                    .error();

            assertThat(error.code()).isEqualTo(code);
            assertThat(error.text()).isEqualTo("why");
        }
    }

    @Test
    void fields_everyCutFrame_isMalformed() throws Exception {
        byte[] whole = frame(writer().str("name").u64(7).tensorHead("IN", DataType.FP32, Shape.of(1))
                .inline(MemorySegment.ofArray(new byte[4])));
        for (int length = 5; length < whole.length; length++) {
            FrameReader in = FrameReader.of(Arrays.copyOf(whole, length));

            assertThatThrownBy(() -> {
                in.str();
                in.i64();
                in.tensor();
            }).isInstanceOf(MalformedFrameException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, 1 << 20})
    void count_moreThanCanBeThere_isMalformed(int count) throws Exception {
        byte[] frame = frame(writer().u32(count).u64(0));

        assertThatThrownBy(() -> FrameReader.of(frame).longs()).isInstanceOf(MalformedFrameException.class);
        assertThatThrownBy(() -> FrameReader.of(frame).strings()).isInstanceOf(MalformedFrameException.class);
        assertThatThrownBy(() -> FrameReader.of(frame).tensors()).isInstanceOf(MalformedFrameException.class);
        assertThatThrownBy(() -> FrameReader.of(frame).str()).isInstanceOf(MalformedFrameException.class);
    }

    @Test
    void tensor_negativeDimension_isMalformed() throws Exception {
        FrameReader in = FrameReader.of(frame(writer().str("X").u8(11).u32(1).u64(-1).shared(0, 0)));

        assertThatThrownBy(in::tensor).isInstanceOf(MalformedFrameException.class)
                .hasMessageContaining("a dimension is -1");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 15, 255})
    void tensor_unknownDataType_isMalformed(int code) throws Exception {
        FrameReader in = FrameReader.of(frame(writer().str("X").u8(code).u32(0).shared(0, 0)));

        assertThatThrownBy(in::tensor).isInstanceOf(MalformedFrameException.class)
                .hasMessageContaining("data type " + code);
    }

    @Test
    void rewind_part_isForgotten() throws Exception {
        FrameWriter out = writer();
        int countAt = out.size();
        out.u32(0);
        out.str("kept");
        int mark = out.size();
        out.str("x".repeat(100));
        out.rewind(mark);
        out.replaceU32(countAt, 1);

        FrameReader in = FrameReader.of(frame(out));

        assertThat(in.strings()).containsExactly("kept");
        in.end();
    }

    @Test
    void hasFittingLength_shapeBeyondCounting_isNot() {
        Shape huge = Shape.of(Long.MAX_VALUE, 2);

        assertThat(new WireTensor("X", DataType.FP32, huge, new Location.Shared(0, 8)).hasFittingLength()).isFalse();
        assertThat(new WireTensor("X", DataType.FP32, Shape.of(2), new Location.Shared(0, 8)).hasFittingLength())
                .isTrue();
        assertThat(new WireTensor("X", DataType.FP32, Shape.of(2), new Location.Shared(0, 9)).hasFittingLength())
                .isFalse();
        assertThat(new WireTensor("X", DataType.BYTES, Shape.of(2), new Location.Shared(0, 9)).hasFittingLength())
                .isTrue();
    }
}
