package io.nereid.server.http.codec;

import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.server.ledger.Charge;
import io.nereid.server.protocol.RequestedOutput;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class InferResponseWriterTest {
    private static final float[] VALUES = {1f, 2.5f, -3f, 4.25f};

    private final ByteBuf out = Unpooled.directBuffer();
    private Map<String, ParameterValue> parameters = Map.of();
    private String id = "";
    private final Charge charge = Charges.upTo(64 << 20);

    @AfterEach
    void releaseBuffer() {
        out.release();
    }

    private EncodedResponse write(List<RequestedOutput> requested, boolean binaryByDefault, String model,
            Tensor... outputs) throws InferenceException {
        return write(charge, requested, binaryByDefault, model, outputs);
    }

    private EncodedResponse write(Charge charged, List<RequestedOutput> requested, boolean binaryByDefault,
            String model, Tensor... outputs) throws InferenceException {
        return new InferResponseWriter().write(new ResponseInfo(model, "1", id), requested, binaryByDefault,
                new InferenceResponse(List.of(outputs), parameters, Lease.NONE), out, charged);
    }

    /** Control characters take six bytes each. */
    @Test
    void write_growingJson_isChargedForItsBufferBeforeItGrows() throws InferenceException {
        write(charge, List.of(), false, "m", controlCharacters(100_000));
        assertThat(out.readableBytes()).isBetween(600_000, 601_000);
        assertThat(charge.amount()).isEqualTo(out.capacity());
        charge.release();
        assertThat(charge.amount()).isZero();
    }

    @Test
    void write_jsonThatMayNotGrow_isRefusedAndLeavesNothing() {
        Charge little = Charges.upTo(256 << 10);
        assertThatThrownBy(() -> write(little, List.of(), false, "m", controlCharacters(100_000)))
                .isInstanceOf(InferenceException.class).hasMessageContaining("too many bytes in flight: got ");
        assertThat(out.readableBytes()).isZero();
        assertThat(out.capacity()).isLessThanOrEqualTo(256 << 10);
    }

    @Test
    void write_shortJson_isChargedNothing() throws InferenceException {
        write(charge, List.of(), false, "m", controlCharacters(100));
        assertThat(charge.amount()).isZero();
    }

    private static Tensor controlCharacters(int count) {
        MemorySegment data = MemorySegment.ofArray(new byte[Integer.BYTES + count]);
        data.set(ValueLayout.JAVA_INT_UNALIGNED, 0, count);
        return new Tensor("OUT", DataType.BYTES, Shape.of(1), data);
    }

    private String json() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private static Tensor tensor(String name, DataType type, Shape shape, byte... bytes) {
        return new Tensor(name, type, shape, Bodies.segment(bytes));
    }

    private static Tensor output0() {
        return tensor("OUTPUT0", DataType.FP32, Shape.of(1, 4), Bodies.floats(VALUES));
    }

    @Test
    void write_jsonOutput_isByteExactAsRecorded() throws InferenceException {
        EncodedResponse encoded = write(List.of(), false, "id_fp32", output0());
        assertThat(json())
                .isEqualTo("{\"model_name\":\"id_fp32\",\"model_version\":\"1\",\"outputs\":[{\"name\":\"OUTPUT0\","
                        + "\"datatype\":\"FP32\",\"shape\":[1,4],\"data\":[1.0,2.5,-3.0,4.25]}]}");
        assertThat(encoded.jsonLength()).isEqualTo(134);
        assertThat(encoded.hasBinary()).isFalse();
        assertThat(encoded.length()).isEqualTo(134);
    }

    @Test
    void write_requestWithId_idComesFirstAsRecorded() throws InferenceException {
        id = "req-42";
        assertThat(write(List.of(), false, "id_fp32", output0()).jsonLength()).isEqualTo(148);
        assertThat(json())
                .startsWith("{\"id\":\"req-42\",\"model_name\":\"id_fp32\",\"model_version\":\"1\",\"outputs\":[");
    }

    @Test
    void write_binaryOutput_isByteExactAsRecordedAndFollowsTheJson() throws InferenceException {
        Tensor output = output0();
        EncodedResponse encoded = write(List.of(), true, "id_fp32", output);
        assertThat(json())
                .isEqualTo("{\"model_name\":\"id_fp32\",\"model_version\":\"1\",\"outputs\":[{\"name\":\"OUTPUT0\","
                        + "\"datatype\":\"FP32\",\"shape\":[1,4],\"parameters\":{\"binary_data_size\":16}}]}");
        assertThat(encoded.jsonLength()).isEqualTo(144);
        assertThat(encoded.binary()).containsExactly(output.data());
        assertThat(encoded.length()).isEqualTo(160);
    }

    @Test
    void write_twoOutputs_areByteExactAsRecorded() throws InferenceException {
        ByteBuffer ints = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putInt(1).putInt(-2).putInt(3)
                .putInt(-4);
        write(List.of(), false, "id_two", output0(),
                tensor("OUTPUT1", DataType.INT32, Shape.of(1, 2, 2), ints.array()));
        assertThat(json()).hasSize(206).endsWith(
                ",{\"name\":\"OUTPUT1\",\"datatype\":\"INT32\",\"shape\":[1,2,2],\"data\":[1,-2,3,-4]}]}");
    }

    @Test
    void write_strings_areByteExactAsRecorded() throws InferenceException {
        write(List.of(), false, "id_string",
                tensor("OUTPUT0", DataType.BYTES, Shape.of(1, 4), Bodies.strings("hi", "", "é", "a\"b\n")));
        assertThat(json())
                .isEqualTo("{\"model_name\":\"id_string\",\"model_version\":\"1\",\"outputs\":[{\"name\":\"OUTPUT0\","
                        + "\"datatype\":\"BYTES\",\"shape\":[1,4],\"data\":[\"hi\",\"\",\"é\",\"a\\\"b\\n\"]}]}");
        assertThat(out.readableBytes()).isEqualTo(141);
    }

    @Test
    void write_outputsAskedFor_eachInTheFormAskedForAndNoOther() throws InferenceException {
        Tensor second = tensor("b", DataType.INT8, Shape.of(2), (byte) 1, (byte) -1);
        EncodedResponse encoded = write(
                List.of(new RequestedOutput("b", true, 0), new RequestedOutput("a", false, 0),
                        new RequestedOutput("missing", false, 0)),
                true, "m", tensor("a", DataType.UINT8, Shape.of(1), (byte) -1), second,
                tensor("c", DataType.INT8, Shape.of(1), (byte) 3), tensor("e", DataType.INT8, Shape.of(0)));
        assertThat(json()).endsWith("\"outputs\":[{\"name\":\"a\",\"datatype\":\"UINT8\",\"shape\":[1],\"data\":[255]},"
                + "{\"name\":\"b\",\"datatype\":\"INT8\",\"shape\":[2],\"parameters\":{\"binary_data_size\":2}}]}");
        assertThat(encoded.binary()).containsExactly(second.data());
    }

    @Test
    void write_emptyBinaryOutput_isNamedButNothingFollows() throws InferenceException {
        EncodedResponse encoded = write(List.of(), true, "m", tensor("e", DataType.FP32, Shape.of(0, 4)));
        assertThat(json()).endsWith("\"shape\":[0,4],\"parameters\":{\"binary_data_size\":0}}]}");
        assertThat(encoded.hasBinary()).isFalse();
    }

    @Test
    void write_parameters_comeBeforeTheOutputs() throws InferenceException {
        parameters = new LinkedHashMap<>();
        parameters.put("s", new ParameterValue.Text("x\ty"));
        parameters.put("i", new ParameterValue.Int(-5));
        parameters.put("b", new ParameterValue.Flag(true));
        parameters.put("d", new ParameterValue.Real(0.25));
        write(List.of(), false, "m");
        assertThat(json())
                .isEqualTo("{\"model_name\":\"m\",\"model_version\":\"1\",\"parameters\":{\"s\":\"x\\ty\",\"i\":-5,"
                        + "\"b\":true,\"d\":0.25},\"outputs\":[]}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"BOOL|0 1 2|false,true,true", "INT8|255 128|-1,-128", "UINT8|255 128|255,128",
            "INT16|255 255 0 128|-1,-32768", "UINT16|255 255 0 128|65535,32768", "UINT32|255 255 255 255|4294967295",
            "INT32|255 255 255 255|-1", "INT64|0 0 0 0 0 0 0 128|-9223372036854775808",
            "UINT64|255 255 255 255 255 255 255 255|18446744073709551615",
            "FP16|0 62 0 192 0 124 0 126|1.5,-2.0,Infinity,NaN",
            "BF16|192 63 128 255|1.5,-Infinity", "FP32|205 204 204 61|0.10000000149011612",
            "FP64|154 153 153 153 153 153 185 191|-0.1"})
    void write_everyType_hasItsJsonForm(String type, String bytes, String data) throws InferenceException {
        String[] numbers = bytes.split(" ");
        byte[] raw = new byte[numbers.length];
        for (int i = 0; i < raw.length; i++) {
            raw[i] = (byte) Integer.parseInt(numbers[i]);
        }
        DataType dataType = DataType.valueOf(type);
        write(List.of(), false, "m", tensor("o", dataType, Shape.of(raw.length / dataType.byteSize()), raw));
        assertThat(json()).endsWith("\"data\":[" + data + "]}]}");
    }

    @Test
    void write_stringIsNotUtf8_failsAndLeavesNothingBehind() {
        out.writeByte('x');
        Tensor output = tensor("o", DataType.BYTES, Shape.of(1), (byte) 2, (byte) 0, (byte) 0, (byte) 0, (byte) 'a',
                (byte) 0xFF);
        assertThatThrownBy(() -> write(List.of(), false, "m", output)).hasMessage(
                "output 'o' has an element that is not valid UTF-8, which JSON can not carry. Please use the binary data "
                        + "format for output");
        assertThat(json()).isEqualTo("x");
    }

    @Test
    void write_dataIsNotWhatTheShapeSays_isInternal() {
        List<Tensor> wrong = List.of(tensor("o", DataType.FP32, Shape.of(2), new byte[4]),
                tensor("o", DataType.FP32, Shape.of(1), new byte[5]),
                tensor("o", DataType.BYTES, Shape.of(1), new byte[3]),
                tensor("o", DataType.BYTES, Shape.of(1), (byte) 9, (byte) 0, (byte) 0, (byte) 0, (byte) 'a'),
                tensor("o", DataType.BYTES, Shape.of(1), (byte) -1, (byte) -1, (byte) -1, (byte) -1, (byte) 'a'));
        for (Tensor output : wrong) {
            assertThatThrownBy(() -> write(List.of(), false, "m", output))
                    .hasMessage("output tensor shape does not match size of output for 'o'");
        }
    }

    @Test
    void write_manyValues_growsTheBuffer() throws InferenceException {
        float[] values = new float[10_000];
        for (int i = 0; i < values.length; i++) {
            values[i] = i / 7f;
        }
        write(List.of(), false, "m", new Tensor("o", DataType.FP32, Shape.of(values.length),
                MemorySegment.ofBuffer(ByteBuffer.allocateDirect(40_000).put(Bodies.floats(values)).flip())));
        String[] written = json().substring(json().indexOf("\"data\":[") + 8, json().length() - 4).split(",");
        assertThat(written).hasSize(10_000);
        assertThat(Float.parseFloat(written[9_999])).isEqualTo(values[9_999]);
    }

    @Test
    void write_manyValuesOfOneLength_growsTheBufferToWhatTheyNeed() throws InferenceException {
        byte[] values = new byte[1 << 20];
        Arrays.fill(values, (byte) 100);
        write(List.of(), false, "m", new Tensor("o", DataType.UINT8, Shape.of(values.length),
                MemorySegment.ofArray(values)));
        assertThat(json()).hasSizeGreaterThan(4 << 20);
        assertThat(out.capacity()).isLessThan(5 << 20);
        assertThat(charge.amount()).isEqualTo(out.capacity());
    }
}
