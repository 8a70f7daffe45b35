package io.nereid.server.http.codec;

import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.InputMemory;
import io.nereid.inference.Lease;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.ModelSignature;
import io.nereid.server.protocol.RequestLimits;
import io.nereid.server.sharedmemory.SharedMemory;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

class GenerateTest {
    private static final ModelSignature MODEL = Bodies.model(4, Bodies.spec("PROMPT", DataType.BYTES, -1, 1),
            Bodies.spec("INPUT0", DataType.FP32, -1, -1), Bodies.spec("PAIR", DataType.INT32, -1, 2),
            Bodies.spec("STREAM", DataType.BOOL, -1, 1));

    private final TensorMemory memory = Bodies.memory();
    private final InferRequestReader reader = new InferRequestReader(new SharedMemory(false), 4096,
            RequestLimits.DEFAULT);

    @AfterEach
    void nothingLeaked() {
        assertThat(memory.bytesInUse()).isZero();
    }

    private ClientRequest read(String json) throws InferenceException {
        TensorBuffer body = Bodies.of(memory, json);
        try {
            return reader.readGenerate(MODEL, InputMemory.of(memory), body);
        } catch (InferenceException e) {
            body.release();
            throw e;
        }
    }

    @Test
    void readGenerate_scalarsAndArrays_takeTheModelsShape() throws InferenceException {
        ClientRequest request = read("{\"PROMPT\":\"hé\",\"INPUT0\":[1.5,2],\"PAIR\":[1,2,3,4],\"STREAM\":true}");
        assertThat(request.inputs()).extracting(Tensor::name).containsExactly("PROMPT", "INPUT0", "PAIR", "STREAM");
        assertThat(request.inputs()).extracting(Tensor::shape).containsExactly(Shape.of(1, 1), Shape.of(1, 2),
                Shape.of(2, 2), Shape.of(1, 1));
        assertThat(Bodies.bytesOf(request.inputs().get(0).data())).isEqualTo(Bodies.strings("hé"));
        assertThat(Bodies.floatsOf(request.inputs().get(1).data())).containsExactly(1.5f, 2f);
        assertThat(request.inputs().get(2).byteSize()).isEqualTo(16);
        assertThat(Bodies.bytesOf(request.inputs().get(3).data())).containsExactly(1);
        request.memory().release();
    }

    @Test
    void readGenerate_otherMembers_areParameters() throws InferenceException {
        ClientRequest request = read("{\"id\":\"r1\",\"temperature\":0.5,\"parameters\":{\"INPUT0\":2,\"top_k\":4},"
                + "\"stop\":\"x\",\"echo\":false}");
        assertThat(request.id()).isEqualTo("r1");
        assertThat(request.parameters()).isEqualTo(Map.of("id", new ParameterValue.Text("r1"), "temperature",
                new ParameterValue.Real(0.5), "top_k", new ParameterValue.Int(4), "stop", new ParameterValue.Text("x"),
                "echo", new ParameterValue.Flag(false)));
        assertThat(request.inputs()).extracting(Tensor::shape).containsExactly(Shape.of(1, 1));
        request.memory().release();
    }

    @Test
    void readGenerate_emptyArray_isAnEmptyTensor() throws InferenceException {
        ClientRequest request = read("{\"INPUT0\":[]}");
        assertThat(request.inputs().getFirst().shape()).isEqualTo(Shape.of(1, 0));
        assertThat(request.inputs().getFirst().byteSize()).isZero();
        request.memory().release();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "{\"PAIR\":[1,2,3]}|INVALID_ARG|The schema can not convert input 'PAIR' to tensor with proper shape",
            "{\"INPUT0\":[1],\"INPUT0\":[1]}|INVALID_ARG|[request id: <id_unknown>] input 'INPUT0' already exists in "
                    + "request",
            "{\"id\":\"7\",\"parameters\":{\"INPUT0\":1,\"INPUT0\":2}}|INVALID_ARG|Converting keyword: 'parameters': "
                    + "[request id: 7] input 'INPUT0' already exists in request",
            "{\"PROMPT\":123}|INTERNAL|Unable to parse JSON bytes array: attempt to access JSON non-string as string",
            "{\"STREAM\":\"false\"}|INTERNAL|Unable to parse 'data': attempt to access JSON non-boolean as boolean",
            "{\"parameters\":3}|INTERNAL|Expected JSON object for keyword: 'parameters': attempt to access "
                    + "JSON non-object as object",
            "{\"x\":[1]}|INVALID_ARG|parameter 'x' has invalid type. It should be either 'int', 'bool', or 'string'.",
            "{\"id\":5}|INTERNAL|Unable to parse 'id': attempt to access JSON non-string as string",
            "[1]|INTERNAL|attempt to get members for non-object",
            "{\"INPUT0\":[1}|INTERNAL|failed to parse the request JSON buffer: Missing a comma or ']' after "
                    + "an array element. at 12",
            "``|INTERNAL|failed to parse the request JSON buffer: The document is empty. at 0"})
    void readGenerate_faultyBody_saysWhy(String json, ErrorCode code, String text) {
        InferenceException failure = org.assertj.core.api.Assertions.catchThrowableOfType(InferenceException.class,
                () -> read(json));
        assertThat(failure.text()).startsWith(text);
        assertThat(failure.code()).isEqualTo(code);
    }

    @Test
    void readGenerate_inputNamedParameters_isInvalid() throws InferenceException {
        TensorBuffer body = Bodies.of(memory, "{\"parameters\":{}}");
        assertThat(org.assertj.core.api.Assertions.catchThrowableOfType(InferenceException.class,
                () -> reader.readGenerate(Bodies.model(0, Bodies.spec("parameters", DataType.FP32, 1)),
                        InputMemory.of(memory), body))
                .text())
                .isEqualTo("Keyword 'parameters' for nested schema also given as input tensor name");
        body.release();
    }

    private static String written(String id, Map<String, ParameterValue> parameters, Tensor... outputs)
            throws InferenceException {
        ByteBuf out = Unpooled.buffer();
        new GenerateResponseWriter().write(new ResponseInfo("id_fp32", "1", id),
                new InferenceResponse(List.of(outputs), parameters, Lease.NONE), out, Charges.upTo(1 << 20));
        return out.toString(StandardCharsets.UTF_8);
    }

    private static Tensor floats(String name, float... values) {
        return new Tensor(name, DataType.FP32, Shape.of(1, values.length), Bodies.segment(Bodies.floats(values)));
    }

    @Test
    void write_severalElements_areAnArrayAsRecorded() throws InferenceException {
        assertThat(written("", Map.of(), floats("OUTPUT0", 1f, 2.5f, -3f, 4.25f)))
                .isEqualTo("{\"OUTPUT0\":[1.0,2.5,-3.0,4.25],\"model_name\":\"id_fp32\",\"model_version\":\"1\"}");
    }

    @Test
    void write_oneElement_isAScalarAsRecorded() throws InferenceException {
        assertThat(written("", Map.of(), floats("OUTPUT0", 1.5f)))
                .isEqualTo("{\"OUTPUT0\":1.5,\"model_name\":\"id_fp32\",\"model_version\":\"1\"}");
    }

    @Test
    void write_sameNames_reservedBeforeParametersBeforeOutputs() throws InferenceException {
        assertThat(written("7", Map.of("p", new ParameterValue.Int(1), "model_name", new ParameterValue.Text("x")),
                floats("p", 9), floats("id", 8), floats("z")))
                .isEqualTo("{\"id\":\"7\",\"model_name\":\"id_fp32\",\"model_version\":\"1\",\"p\":1,\"z\":[]}");
    }
}
