package io.nereid.server.openai;

import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.server.http.codec.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

final class EmbeddingsTest {
    private static Tensor tensor(DataType type, Shape shape, double... values) {
        ByteBuffer data = ByteBuffer.allocateDirect(values.length * type.byteSize()).order(ByteOrder.LITTLE_ENDIAN);
        for (double value : values) {
            switch (type) {
                case FP32 -> data.putFloat((float) value);
                case FP64 -> data.putDouble(value);
                case FP16 -> data.putShort(Float.floatToFloat16((float) value));
                case BF16 -> data.putShort((short) (Float.floatToRawIntBits((float) value) >>> 16));
                default -> throw new IllegalArgumentException(type + "");
            }
        }
        return new Tensor("E", type, shape, MemorySegment.ofBuffer(data.flip()));
    }

    private static String written(Tensor tensor, long rows, long dimensions, boolean base64)
            throws InferenceException {
        ByteBuf out = Unpooled.buffer();
        JsonWriter json = new JsonWriter(out);
        new Embeddings(tensor, rows, dimensions).write(0, base64, json);
        json.flush();
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void write_eachFloatType_givesTheSameNumbers() throws InferenceException {
        for (DataType type : new DataType[]{DataType.FP32, DataType.FP64, DataType.FP16, DataType.BF16}) {
            assertThat(written(tensor(type, Shape.of(2, 2), 1, -2, 0.5, 4), 2, 0, false)).isEqualTo("""
                    {"object":"embedding","index":0,"embedding":[1.0,-2.0]},\
                    {"object":"embedding","index":1,"embedding":[0.5,4.0]}""");
        }
    }

    @Test
    void write_base64_isLittleEndian() throws InferenceException {
        assertThat(written(tensor(DataType.FP32, Shape.of(2), 1, 2), 1, 0, true))
                .isEqualTo("{\"object\":\"embedding\",\"index\":0,\"embedding\":\"AACAPwAAAEA=\"}");
    }

    @Test
    void write_fewerDimensions_haveLength1() throws InferenceException {
        Tensor three = tensor(DataType.FP32, Shape.of(1, 3), 0, 5, 12);
        assertThat(written(three, 1, 2, false)).contains("[0.0,1.0]");
        assertThat(written(three, 1, 3, false)).contains("[0.0,5.0,12.0]");
        assertThat(written(tensor(DataType.FP32, Shape.of(3), 0, 0, 1), 1, 2, false)).contains("[0.0,0.0]");
    }

    @Test
    void embeddings_rowsOrDimensionsThatDoNotFit_areRefused() {
        Tensor four = tensor(DataType.FP32, Shape.of(2, 2), 1, 2, 3, 4);
        assertThatThrownBy(() -> new Embeddings(four, 3, 0)).hasMessageContaining("has shape [2,2] (expected 3 rows");
        assertThatThrownBy(() -> new Embeddings(four, 2, 3))
                .hasMessageContaining("dimensions: got 3 (expected at most 2");
    }
}
