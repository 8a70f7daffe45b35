package io.nereid.server.http.codec;

import io.nereid.inference.CorrelationId;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InputMemory;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.RequestLimits;
import io.nereid.server.protocol.RequestedOutput;
import io.nereid.server.sharedmemory.SharedMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class InferRequestReaderTest {
    private static final String FLAT = """
            {"inputs":[{"name":"INPUT0","shape":[1,4],"datatype":"FP32","data":[1.0,2.5,-3.0,4.25]}]}""";
    private static final String BINARY = """
            {"inputs":[{"name":"INPUT0","shape":[1,4],"datatype":"FP32","parameters":{"binary_data_size":16}}]}""";

    private final TensorMemory memory = Bodies.memory();
    private final SharedMemory shared = new SharedMemory(true);
    private final InferRequestReader reader = new InferRequestReader(shared, 4096, RequestLimits.DEFAULT);

    @AfterEach
    void nothingLeaked() {
        assertThat(memory.bytesInUse()).isZero();
    }

    /** Reads a body, checks the request with {@code check}, and releases it. */
    private void read(String json, byte[] tensors, Check check) throws InferenceException {
        TensorBuffer body = Bodies.of(memory, json, tensors);
        ClientRequest request = reader
                .read("id_fp32", InputMemory.of(memory), body, json.getBytes(StandardCharsets.UTF_8).length).complete();
        try {
            check.check(request);
        } finally {
            request.memory().release();
        }
    }

    private void read(String json, Check check) throws InferenceException {
        read(json, new byte[0], check);
    }

    private InferenceException failure(String json, byte... tensors) throws InferenceException {
        return failure(json, json.getBytes(StandardCharsets.UTF_8).length, tensors);
    }

    private InferenceException failure(String json, long jsonLength, byte... tensors) throws InferenceException {
        TensorBuffer body = Bodies.of(memory, json, tensors);
        try {
            ClientRequest request = reader.read("id_fp32", InputMemory.of(memory), body, jsonLength).complete();
            request.memory().release();
            throw new AssertionError("read: " + request);
        } catch (InferenceException e) {
            body.release();
            return e;
        }
    }

    private interface Check {
        void check(ClientRequest request) throws InferenceException;
    }

    private static String input(String datatype, String shape, String data) {
        return "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"" + datatype + "\",\"shape\":" + shape + ",\"data\":" + data
                + "}]}";
    }

    @Test
    void read_flatData_writesElementsRowMajor() throws InferenceException {
        read(FLAT, request -> {
            Tensor input = request.inputs().getFirst();
            assertThat(input.name()).isEqualTo("INPUT0");
            assertThat(input.dataType()).isEqualTo(DataType.FP32);
            assertThat(input.shape()).isEqualTo(Shape.of(1, 4));
            assertThat(Bodies.floatsOf(input.data())).containsExactly(1f, 2.5f, -3f, 4.25f);
            assertThat(request.id()).isEmpty();
            assertThat(request.outputs()).isEmpty();
            assertThat(request.binaryByDefault()).isFalse();
            assertThat(request.options()).isEqualTo(RequestOptions.DEFAULT);
            assertThat(request.parameters()).isEmpty();
        });
    }

    @Test
    void read_nestedData_countsLeavesOnly() throws InferenceException {
        read(input("FP32", "[2,2]", "[ [[], 1 ,[2]],\n[[[3]],4,[]] ]"),
                request -> assertThat(Bodies.floatsOf(request.inputs().getFirst().data())).containsExactly(1f, 2f, 3f,
                        4f));
    }

    @Test
    void read_dataBeforeEverythingElse_comesBackToIt() throws InferenceException {
        read("{\"inputs\":[{\"data\":[[1,2],[3,4]],\"shape\":[2,2],\"parameters\":{},\"datatype\":\"FP32\",\"name\":\"x\"},"
                + "{\"name\":\"y\",\"shape\":[1],\"data\":[7],\"datatype\":\"INT8\"}],\"id\":\"42\"}", request -> {
                    assertThat(Bodies.floatsOf(request.inputs().get(0).data())).containsExactly(1f, 2f, 3f, 4f);
                    assertThat(Bodies.bytesOf(request.inputs().get(1).data())).containsExactly(7);
                    assertThat(request.id()).isEqualTo("42");
                });
    }

    @Test
    void read_binaryTensors_areSlicesOfTheBodyInOrder() throws InferenceException {
        String json = """
                {"inputs":[{"name":"a","shape":[1],"datatype":"FP32","parameters":{"binary_data_size":4}},\
                {"name":"b","shape":[1],"datatype":"FP32","data":[9]},\
                {"name":"c","shape":[0],"datatype":"FP32","parameters":{"binary_data_size":0}},\
                {"name":"d","shape":[2],"datatype":"FP32","parameters":{"binary_data_size":8}}]}""";
        read(json, Bodies.floats(1, 2, 3), request -> {
            assertThat(Bodies.floatsOf(request.inputs().get(0).data())).containsExactly(1f);
            assertThat(Bodies.floatsOf(request.inputs().get(1).data())).containsExactly(9f);
            assertThat(request.inputs().get(2).byteSize()).isZero();
            assertThat(Bodies.floatsOf(request.inputs().get(3).data())).containsExactly(2f, 3f);
        });
    }

    @Test
    void read_binaryTensorsOnly_allocateNothingBesideTheBody() throws InferenceException {
        TensorBuffer body = Bodies.of(memory, BINARY, Bodies.floats(1, 2, 3, 4));
        long before = memory.bytesInUse();
        ClientRequest request = reader.read("id_fp32", InputMemory.of(memory), body, BINARY.length()).complete();
        assertThat(memory.bytesInUse()).isEqualTo(before);
        assertThat(request.inputs().getFirst().data().address()).isEqualTo(body.segment().address() + BINARY.length());
        request.memory().release();
    }

    @Test
    void read_tensorsInJson_areWrittenStraightIntoTheMemoryThatTheModelWants() throws InferenceException {
        try (TensorMemory wanted = Bodies.memory()) {
            String json = input("FP32", "[2]", "[1,2]");
            TensorBuffer body = Bodies.of(memory, json);
            ClientRequest request = reader.read("m", InputMemory.of(wanted), body, json.length()).complete();
            assertThat(wanted.bytesInUse()).isEqualTo(256);
            assertThat(Bodies.floatsOf(request.inputs().getFirst().data())).containsExactly(1f, 2f);
            request.memory().release();
            assertThat(wanted.bytesInUse()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"INT8|[1,-128,255,300]|1 128 255 44", "UINT8|[1,255,256,0]|1 255 0 0",
            "BOOL|[true,false,true,true]|1 0 1 1", "INT16|[-1,258,32768,65537]|255 255 2 1 0 128 1 0",
            "UINT16|[65535,1,65536,2]|255 255 1 0 0 0 2 0",
            "INT32|[-2,1,2147483648,4294967297]|254 255 255 255 1 0 0 0 0 0 0 128 1 0 0 0",
            "UINT32|[4294967295,4294967296,1,0]|255 255 255 255 0 0 0 0 1 0 0 0 0 0 0 0",
            "FP16|[1.5,-2,0,65504]|0 62 0 192 0 0 255 123", "BF16|[1.5,-2,0,1e39]|192 63 0 192 0 0 128 127"})
    void read_everyNarrowType_elementsLittleEndianAndTruncatedToWidth(String type, String data, String bytes)
            throws InferenceException {
        read(input(type, "[4]", data), request -> assertThat(unsigned(request.inputs().getFirst())).isEqualTo(bytes));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"INT64|[-9223372036854775808]|0 0 0 0 0 0 0 128",
            "INT64|[9223372036854775807]|255 255 255 255 255 255 255 127",
            "UINT64|[18446744073709551615]|255 255 255 255 255 255 255 255", "UINT64|[-0]|0 0 0 0 0 0 0 0",
            "FP64|[-0.1]|154 153 153 153 153 153 185 191", "FP64|[NaN]|0 0 0 0 0 0 248 127",
            "FP64|[-Infinity]|0 0 0 0 0 0 240 255", "FP64|[Inf]|0 0 0 0 0 0 240 127"})
    void read_everyWideType_elementLittleEndian(String type, String data, String bytes) throws InferenceException {
        read(input(type, "[1]", data), request -> assertThat(unsigned(request.inputs().getFirst())).isEqualTo(bytes));
    }

    private static String unsigned(Tensor tensor) {
        StringBuilder text = new StringBuilder();
        for (byte next : Bodies.bytesOf(tensor.data())) {
            text.append(text.isEmpty() ? "" : " ").append(next & 0xFF);
        }
        return text.toString();
    }

    @Test
    void read_strings_areLengthAndUtf8() throws InferenceException {
        read(input("BYTES", "[1,5]", "[\"hi\",\"\",\"\\u00e9\",[\"a\\\"b\\n\\/\"],\"\\ud83d\\ude00 é\"]"),
                request -> assertThat(Bodies.bytesOf(request.inputs().getFirst().data()))
                        .isEqualTo(Bodies.strings("hi", "", "é", "a\"b\n/", "😀 é")));
    }

    @Test
    void read_shapeWithoutElements_ignoresData() throws InferenceException {
        read(input("FP32", "[0,4]", "{\"whatever\":[1,\"x\"]}"),
                request -> assertThat(request.inputs().getFirst().byteSize()).isZero());
    }

    @Test
    void read_scalarShape_takesOneElement() throws InferenceException {
        read(input("FP32", "[]", "[5]"), request -> {
            assertThat(request.inputs().getFirst().shape()).isEqualTo(Shape.SCALAR);
            assertThat(Bodies.floatsOf(request.inputs().getFirst().data())).containsExactly(5f);
        });
    }

    @Test
    void read_noInputsListed_isARequestWithoutInputs() throws InferenceException {
        read("{\"inputs\":[]}", request -> assertThat(request.inputs()).isEmpty());
    }

    @Test
    void read_outputs_keepsOrderAndParameters() throws InferenceException {
        read("{\"inputs\":[],\"outputs\":[{\"name\":\"b\",\"parameters\":{\"binary_data\":true}},"
                + "{\"parameters\":{\"classification\":3,\"other\":{}},\"name\":\"a\"},{\"name\":\"c\"}],"
                + "\"parameters\":{\"binary_data_output\":true}}", request -> {
                    assertThat(request.outputs()).containsExactly(new RequestedOutput("b", true, 0),
                            new RequestedOutput("a", false, 3), new RequestedOutput("c", false, 0));
                    assertThat(request.binaryByDefault()).isTrue();
                });
    }

    @Test
    void read_parameters_knownOnesBecomeOptionsAllOthersAreTheBackends() throws InferenceException {
        read("{\"parameters\":{\"sequence_id\":18446744073709551615,\"sequence_start\":true,\"sequence_end\":false,"
                + "\"priority\":2,\"timeout\":5000,\"s\":\"é\",\"i\":-7,\"b\":true,\"d\":0.5},\"inputs\":[]}",
                request -> {
                    assertThat(request.options())
                            .isEqualTo(new RequestOptions(2, 5000, CorrelationId.of(-1), true, false));
                    assertThat(request.parameters()).containsExactlyInAnyOrderEntriesOf(Map.of("s",
                            new ParameterValue.Text("é"), "i", new ParameterValue.Int(-7), "b",
                            new ParameterValue.Flag(true), "d", new ParameterValue.Real(0.5)));
                });
        read("{\"parameters\":{\"sequence_id\":\"abc\"},\"inputs\":[]}",
                request -> assertThat(request.options().sequenceId()).isEqualTo(CorrelationId.of("abc")));
        read("{\"parameters\":{\"sequence_id\":0},\"inputs\":[]}",
                request -> assertThat(request.options()).isEqualTo(RequestOptions.DEFAULT));
    }

    @Test
    void read_priorityBeyondTheSignedNumbers_isTakenAsItIs() throws InferenceException {
        read("{\"parameters\":{\"priority\":18446744073709551615},\"inputs\":[]}",
                request -> assertThat(request.options().priority()).isEqualTo(-1));
    }

    @Test
    void read_unknownMembersAndSpace_areSkipped() throws InferenceException {
        read(" { \"model_name\" : \"x\" , \"z\":[1,{\"a\":[null,true,false,\"\\u0041\"]},-1.5e-3],\n\t\"inputs\" : [ ] } \r\n",
                request -> assertThat(request.inputs()).isEmpty());
    }

    @Test
    void read_memberTwice_theFirstCounts() throws InferenceException {
        read("{\"id\":\"1\",\"id\":\"2\",\"inputs\":[],\"inputs\":5,\"parameters\":{\"a\":1,\"a\":2},\"parameters\":7}",
                request -> {
                    assertThat(request.id()).isEqualTo("1");
                    assertThat(request.parameters()).containsEntry("a", new ParameterValue.Int(1));
                });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"``|The document is empty. at 0",
            "`  `|The document is empty. at 2",
            "{\"inputs\":[]}x|The document root must not be followed by other values. at 13",
            "{x|Missing a name for object member. at 1",
            "{\"a\" 1}|Missing a colon after a name of object member. at 5",
            "{\"a\":1 \"b\"}|Missing a comma or '}' after an object member. at 7", "{\"a\":}|Invalid value. at 5",
            "{\"a\":tru}|Invalid value. at 8", "{\"a\":nul|Invalid value. at 8",
            "{\"a\":[1 2]}|Missing a comma or ']' after an array element. at 8",
            "{\"a\":[1,]}|Invalid value. at 8", "{\"a\":\"x|Missing a closing quotation mark in string. at 7",
            "{\"a\":\"\\x\"}|Invalid escape character in string. at 6",
            "{\"a\":\"\\u12G4\"}|Incorrect hex digit after \\u escape in string. at 6",
            "{\"a\":\"\\ud800\"}|The surrogate pair in string is invalid. at 6",
            "{\"a\":\"\\udc00\"}|The surrogate pair in string is invalid. at 6",
            "{\"a\":\"\\ud800\\u0041\"}|The surrogate pair in string is invalid. at 6",
            "{\"a\":1.}|Miss fraction part in number. at 7", "{\"a\":1e}|Miss exponent in number. at 7",
            "{\"a\":-}|Invalid value. at 6",
            "{\"a\":01}|Missing a comma or '}' after an object member. at 6", "{\"a\":+1}|Invalid value. at 5",
            "{\"a\":Infx}|Missing a comma or '}' after an object member. at 8", "{\"a\":Infini}|Invalid value. at 11",
            "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1],\"data\":[1e999]}]}|Number too big to be stored in double. at 61"})
    void read_notJson_namesFaultAndOffset(String json, String fault) throws InferenceException {
        InferenceException failure = failure(json);
        assertThat(failure.text()).startsWith("failed to parse the request JSON buffer: " + fault);
        assertThat(failure.code()).isEqualTo(ErrorCode.INTERNAL);
    }

    @Test
    void read_badUtf8OrControlInString_namesFaultAndOffset() throws InferenceException {
        byte[][] wrong = {{(byte) 0x80}, {(byte) 0xC0, (byte) 0x80}, {(byte) 0xE0, (byte) 0x80, (byte) 0x80},
                {(byte) 0xED, (byte) 0xA0, (byte) 0x80}, {(byte) 0xF4, (byte) 0x90, (byte) 0x80, (byte) 0x80},
                {(byte) 0xF8}, {(byte) 0xE2, (byte) 0x82}, {1}, {'\n'}};
        for (byte[] bytes : wrong) {
            byte[] tail = new byte[bytes.length + 1];
            System.arraycopy(bytes, 0, tail, 0, bytes.length);
            tail[bytes.length] = '"';
            InferenceException failure = failure("{\"a\":\"x", 7 + tail.length, tail);
            assertThat(failure.text())
                    .isEqualTo("failed to parse the request JSON buffer: Invalid encoding in string. at 7");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "{}|Unable to parse 'inputs': attempt to access non-existing object member 'inputs'",
            "[]|Unable to parse 'inputs': attempt to access non-existing object member 'inputs'",
            "7|Unable to parse 'inputs': attempt to access non-existing object member 'inputs'",
            "{\"inputs\":{}}|Unable to parse 'inputs': attempt to access JSON non-array as array",
            "{\"inputs\":[],\"outputs\":1}|Unable to parse 'outputs': attempt to access JSON non-array as array",
            "{\"id\":5,\"inputs\":[]}|Unable to parse 'id': attempt to access JSON non-string as string",
            "{\"inputs\":[{\"data\":[]}]}|Unable to parse 'name': attempt to access non-existing object member 'name'",
            "{\"inputs\":[{\"data\":[],\"name\":1}]}|Unable to parse 'name': attempt to access JSON non-string as string",
            "{\"inputs\":[{\"data\":[],\"name\":\"x\"}]}|Unable to parse 'datatype': attempt to access non-existing object member 'datatype'",
            "{\"inputs\":[{\"data\":[],\"name\":\"x\",\"datatype\":[]}]}|Unable to parse 'datatype': attempt to access JSON non-string as string",
            "{\"inputs\":[{\"data\":[],\"name\":\"x\",\"datatype\":\"FP32\"}]}|Unable to parse 'shape': attempt to access non-existing object member 'shape'",
            "{\"inputs\":[{\"shape\":4}]}|Unable to parse 'shape': attempt to access JSON non-array as array",
            "{\"inputs\":[{\"shape\":[-1]}]}|Unable to parse 'shape': attempt to access JSON non-unsigned-integer as unsigned-integer",
            "{\"inputs\":[{\"shape\":[1.0]}]}|Unable to parse 'shape': attempt to access JSON non-unsigned-integer as unsigned-integer",
            "{\"inputs\":[{\"shape\":[\"1\"]}]}|Unable to parse 'shape': attempt to access JSON non-unsigned-integer as unsigned-integer",
            "{\"inputs\":[{\"parameters\":{\"binary_data_size\":-1}}]}|Unable to parse 'binary_data_size': attempt to access JSON non-unsigned-integer as unsigned-integer",
            "{\"inputs\":[],\"outputs\":[{}]}|Unable to parse 'name': attempt to access non-existing object member 'name'",
            "{\"inputs\":[],\"outputs\":[{\"parameters\":{\"binary_data\":1}}]}|Unable to parse 'binary_data': attempt to access JSON non-boolean as boolean",
            "{\"inputs\":[],\"outputs\":[{\"parameters\":{\"classification\":-1}}]}|Unable to set 'classification': attempt to access JSON non-unsigned-integer as unsigned-integer",
            "{\"parameters\":{\"timeout\":-5}}|Unable to parse 'timeout': attempt to access JSON non-unsigned-integer as unsigned-integer",
            "{\"parameters\":{\"priority\":1.5}}|Unable to parse 'priority': attempt to access JSON non-unsigned-integer as unsigned-integer",
            "{\"parameters\":{\"sequence_start\":1}}|Unable to parse 'sequence_start': attempt to access JSON non-boolean as boolean",
            "{\"parameters\":{\"sequence_id\":1.5}}|Unable to parse 'sequence_id': attempt to access JSON non-string as string",
            "{\"parameters\":{\"binary_data_output\":\"x\"}}|Unable to parse 'binary_data_output': attempt to access JSON non-boolean as boolean"})
    void read_memberMissingOrOfWrongType_isInternalWithTritonsText(String json, String text)
            throws InferenceException {
        InferenceException failure = failure(json);
        assertThat(failure.text()).startsWith(text);
        assertThat(failure.code()).isEqualTo(ErrorCode.INTERNAL);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "[1,2]|Unable to parse 'data': Shape does not match true shape of 'data' field (input 'x': expected 3 elements, got 2)",
            "[[1],[2,3],[4,5]]|Unable to parse 'data': Shape does not match true shape of 'data' field (input 'x': expected 3 elements, got 5)",
            "[1,null,3]|Unable to parse 'data': attempt to access JSON non-number as double (input 'x', element 1: expected FP32)",
            "7|Unable to parse 'data': attempt to access JSON non-array as array (input 'x': expected an array of its elements)"})
    void read_dataDoesNotFit_saysWhereAndHowMany(String data, String text) throws InferenceException {
        assertThat(failure(input("FP32", "[3]", data)).text()).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[1,2,]", "[1,2,3,]", "[1,2,3,4,]", "[[1,2,3],]", "[1,2,3,4,x]", "[,1,2,3]"})
    void read_arrayThatIsNoJson_isASyntaxErrorHoweverManyElements(String data) throws InferenceException {
        assertThat(failure(input("FP32", "[3]", data)).text())
                .startsWith("failed to parse the request JSON buffer: Invalid value. at ");
        assertThat(failure(input("BYTES", "[3]", data.replaceAll("\\d", "\"a\""))).text())
                .startsWith("failed to parse the request JSON buffer: Invalid value. at ");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "FP32|[2]|[1,2,3]|Unable to parse 'data': Shape does not match true shape of 'data' field",
            "FP32|[2]|[1]|Unable to parse 'data': Shape does not match true shape of 'data' field",
            "FP32|[2]|[]|Unable to parse 'data': Shape does not match true shape of 'data' field",
            "FP32|[900]|[1]|Unable to parse 'data': Shape does not match true shape of 'data' field",
            "FP32|[1]|[\"1\"]|Unable to parse 'data': attempt to access JSON non-number as double",
            "FP32|[1]|[null]|Unable to parse 'data': attempt to access JSON non-number as double",
            "FP32|[1]|[{}]|Unable to parse 'data': attempt to access JSON non-number as double",
            "FP32|[1]|7|Unable to parse 'data': attempt to access JSON non-array as array",
            "INT32|[1]|[1.0]|Unable to parse 'data': attempt to access JSON non-signed-integer as signed-integer",
            "INT8|[1]|[1e1]|Unable to parse 'data': attempt to access JSON non-signed-integer as signed-integer",
            "INT64|[1]|[9223372036854775808]|Unable to parse 'data': attempt to access JSON non-signed-integer as signed-integer",
            "INT64|[1]|[true]|Unable to parse 'data': attempt to access JSON non-signed-integer as signed-integer",
            "INT64|[1]|[NaN]|Unable to parse 'data': attempt to access JSON non-signed-integer as signed-integer",
            "UINT8|[1]|[-1]|Unable to parse 'data': attempt to access JSON non-unsigned-integer as unsigned-integer",
            "UINT64|[1]|[18446744073709551616]|Unable to parse 'data': attempt to access JSON non-unsigned-integer as unsigned-integer",
            "BOOL|[1]|[1]|Unable to parse 'data': attempt to access JSON non-boolean as boolean",
            "BYTES|[1]|[1]|Unable to parse JSON bytes array: attempt to access JSON non-string as string"})
    void read_dataDoesNotFit_isInternalWithTritonsText(String type, String shape, String data, String text)
            throws InferenceException {
        InferenceException failure = failure(input(type, shape, data));
        assertThat(failure.text()).startsWith(text + " (input 'x'").endsWith(")");
        assertThat(failure.code()).isEqualTo(ErrorCode.INTERNAL);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "{\"inputs\":[{\"name\":\"x\"}]}|Input must set only one of the following fields: 'data', 'binary_data_size' in 'parameters', 'shared_memory_region' in 'parameters'. But no field is set",
            "{\"inputs\":[3]}|Input must set only one of the following fields: 'data', 'binary_data_size' in 'parameters', 'shared_memory_region' in 'parameters'. But no field is set",
            "{\"inputs\":[{\"data\":[],\"parameters\":{\"binary_data_size\":0,\"shared_memory_region\":\"r\"}}]}|Input must set only one of the following fields: 'data', 'binary_data_size' in 'parameters', 'shared_memory_region' in 'parameters'. But set 'data' 'binary_data_size' 'shared_memory_region'",
            "{\"parameters\":{\"triton_x\":1}}|parameter keys starting with 'triton_' are reserved for Triton usage and should not be specified.",
            "{\"parameters\":{\"p\":[1]}}|parameter 'p' has invalid type. It should be either 'int', 'bool', or 'string'.",
            "{\"parameters\":{\"p\":null}}|parameter 'p' has invalid type. It should be either 'int', 'bool', or 'string'.",
            "{\"inputs\":[],\"outputs\":[{\"name\":\"o\"},{\"name\":\"o\"}]}|[request id: <id_unknown>] output 'o' "
                    + "already exists in request",
            "{\"inputs\":[],\"outputs\":[{\"parameters\":{\"shared_memory_region\":\"r\",\"classification\":1}}]}|Output can't set both 'shared_memory_region' and 'classification'",
            "{\"inputs\":[],\"outputs\":[{\"parameters\":{\"shared_memory_region\":\"r\",\"binary_data\":true}}]}|Output can't set both 'shared_memory_region' and 'binary_data'",
            "{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"FP33\",\"data\":[1]}]}|invalid datatype for input x",
            "{\"inputs\":[{\"name\":\"x\",\"shape\":[9223372036854775807,2],\"datatype\":\"FP32\",\"data\":[1]}]}|shape [9223372036854775807,2] causes total element count to exceed maximum size of 9223372036854775807",
            "{\"inputs\":[{\"name\":\"x\",\"shape\":[9223372036854775808],\"datatype\":\"FP32\",\"data\":[1]}]}|shape 9223372036854775808 causes total element count to exceed maximum size of 9223372036854775807",
            "{\"inputs\":[{\"name\":\"x\",\"shape\":[4611686018427387904],\"datatype\":\"FP32\",\"data\":[1]}]}|byte size overflow for input 'x': shape [4611686018427387904] of FP32",
            "{\"inputs\":[{\"name\":\"x\",\"shape\":[1025],\"datatype\":\"FP32\",\"data\":[1]}]}|JSON input 'x' has a byte_size (4100) that exceeds the maximum allowed value of 4096 bytes. Use --http-max-input-size to increase the limit.",
            "{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"FP32\",\"data\":[1]},{\"name\":\"x\",\"shape\":[1],\"datatype\":\"FP32\",\"data\":[1]}]}|"
                    + "[request id: <id_unknown>] input 'x' already exists in request"})
    void read_requestContradictsItself_isInvalidWithTritonsText(String json, String text) throws InferenceException {
        InferenceException failure = failure(json);
        assertThat(failure.text()).isEqualTo(text);
        assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_ARG);
    }

    @Test
    void read_binaryTensorTooShort_saysHowMuchIsMissing() throws InferenceException {
        InferenceException failure = failure(BINARY, Bodies.floats(1, 2));
        assertThat(failure.text())
                .isEqualTo("unexpected size for input 'INPUT0', expecting 8 additional bytes for model 'id_fp32'");
        assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_ARG);
        assertThat(failure(BINARY.replace("16", "18446744073709551615"), (byte) 1).text()).isEqualTo(
                "unexpected size for input 'INPUT0', expecting 18446744073709551614 additional bytes for model 'id_fp32'");
    }

    @Test
    void read_bytesLeftOver_areRefused() throws InferenceException {
        InferenceException failure = failure(BINARY, Bodies.floats(1, 2, 3, 4, 5));
        assertThat(failure.text()).isEqualTo("unexpected additional input data for model 'id_fp32'");
        assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_ARG);
    }

    @Test
    void read_jsonLengthOutsideTheBody_isRefused() throws InferenceException {
        assertThat(failure(FLAT, FLAT.length() + 1).text())
                .isEqualTo("inference header size should be in range (0, 89), got: 90");
        assertThat(failure(FLAT, -1).text()).isEqualTo("inference header size should be in range (0, 89), got: -1");
    }

    @Test
    void read_jsonLengthInsideAToken_readsNoFurther() throws InferenceException {
        assertThat(failure(FLAT, FLAT.length() - 1).text())
                .endsWith("Missing a comma or '}' after an object member. at 88");
    }

    @Test
    void read_jsonOverTheLimit_isRefusedBeforeItIsRead() throws InferenceException {
        InferenceException failure = failure(FLAT + " ".repeat(5000));
        assertThat(failure.text())
                .isEqualTo("Request JSON size of 5089 bytes exceeds the maximum allowed value of "
                        + "4096 bytes. Use --http-max-input-size to increase the limit.");
        assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_ARG);
    }

    @Test
    void read_stringsOverTheLimit_areRefused() throws InferenceException {
        InferRequestReader small = new InferRequestReader(shared, 100, RequestLimits.DEFAULT);
        TensorBuffer body = Bodies.of(memory, input("BYTES", "[9]", "[\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"]"));
        InferRequestReader smaller = new InferRequestReader(shared, body.segment().byteSize(), RequestLimits.DEFAULT);
        ClientRequest request = smaller.read("m", InputMemory.of(memory), body, body.segment().byteSize()).complete();
        assertThat(request.inputs().getFirst().byteSize()).isEqualTo(36);
        request.memory().release();
        String many = "{\"inputs\":[{\"name\":\"x\",\"datatype\":\"BYTES\",\"shape\":[9],\"data\":[" + "\"\",".repeat(8)
                + "\"\"]}]}";
        assertThat(many.length()).isLessThanOrEqualTo(100);
        TensorBuffer within = Bodies.of(memory, many);
        small.read("m", InputMemory.of(memory), within, many.length()).complete().memory().release();
    }

    @Test
    void read_nestingAtTheLimit_isRefused() throws InferenceException {
        String deep = "[".repeat(99) + "1" + "]".repeat(99);
        read(input("FP32", "[1]", deep),
                request -> assertThat(Bodies.floatsOf(request.inputs().getFirst().data())).containsExactly(1f));
        InferenceException failure = failure(input("FP32", "[1]", "[" + deep + "]"));
        assertThat(failure.text()).isEqualTo("JSON nesting depth exceeds maximum allowed limit (100)");
        assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_ARG);
        assertThat(failure("{\"unknown\":" + "[".repeat(2000)).text()).contains("nesting depth");
        assertThat(failure("{\"unknown\":" + "{\"a\":".repeat(500)).text()).contains("nesting depth");
        assertThat(failure(input("BYTES", "[1]", "[".repeat(500))).text()).contains("nesting depth");
    }

    @Test
    void read_tooManyInputsOrDimensions_areRefused() throws InferenceException {
        InferRequestReader wide = new InferRequestReader(shared, 1 << 20, RequestLimits.DEFAULT);
        StringBuilder inputs = new StringBuilder("{\"inputs\":[");
        for (int i = 0; i <= 4096; i++) {
            inputs.append(i == 0 ? "" : ",").append("{\"name\":\"").append(i)
                    .append("\",\"datatype\":\"FP32\",\"shape\":[0],\"data\":[]}");
        }
        TensorBuffer body = Bodies.of(memory, inputs.append("]}").toString());
        assertThatThrownBy(() -> wide.read("m", InputMemory.of(memory), body, body.segment().byteSize()))
                .hasMessage("request has too many inputs (expected at most 4096)");
        body.release();
        assertThat(failure("{\"inputs\":[{\"shape\":[" + "1,".repeat(300) + "1]}]}").text())
                .isEqualTo("shape of input has more than 256 dimensions");
    }

    @Test
    void read_claimedShapeWithoutData_allocatesNoMoreThanTheTextCouldFill() throws InferenceException {
        TensorMemory scarce = new TensorMemory(1 << 20, 0);
        InferRequestReader unlimited = new InferRequestReader(shared, Integer.MAX_VALUE, RequestLimits.DEFAULT);
        TensorBuffer body = Bodies.of(scarce, input("FP64", "[200000000]", "[1,2,3]"));
        assertThatThrownBy(() -> unlimited.read("m", InputMemory.of(memory), body, body.segment().byteSize()))
                .hasMessage("Unable to parse 'data': Shape does not match true shape of 'data' field"
                        + " (input 'x': expected 200000000 elements, got 3)");
        body.release();
        assertThat(scarce.bytesInUse()).isZero();
    }

    @Test
    void read_secondInputFails_buffersOfTheFirstAreGivenBack() throws InferenceException {
        failure("{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1],\"data\":[1]},"
                + "{\"name\":\"y\",\"datatype\":\"FP32\",\"shape\":[1],\"data\":[\"\"]}]}");
        assertThat(memory.bytesInUse()).isZero();
    }

    @Test
    void readRaw_oneDynamicDimension_isDeduced() throws InferenceException {
        TensorBuffer body = Bodies.of(memory, Bodies.floats(1, 2, 3, 4, 5, 6));
        ClientRequest request = reader.readRaw(Bodies.model(8, Bodies.spec("x", DataType.FP32, -1, 2, -1)),
                InputMemory.of(memory), body);
        assertThat(request.inputs().getFirst().shape()).isEqualTo(Shape.of(1, 2, 3));
        assertThat(Bodies.floatsOf(request.inputs().getFirst().data())).containsExactly(1f, 2f, 3f, 4f, 5f, 6f);
        assertThat(request.binaryByDefault()).isTrue();
        request.memory().release();
    }

    @Test
    void readRaw_fixedDimensionsWithoutBatching_areTheModels() throws InferenceException {
        TensorBuffer body = Bodies.of(memory, Bodies.floats(1, 2));
        ClientRequest request = reader.readRaw(Bodies.model(0, Bodies.spec("x", DataType.FP32, 2)),
                InputMemory.of(memory), body);
        assertThat(request.inputs().getFirst().shape()).isEqualTo(Shape.of(2));
        request.memory().release();
    }

    @Test
    void readRaw_string_getsItsLength() throws InferenceException {
        TensorBuffer body = Bodies.of(memory, "héllo");
        ClientRequest request = reader.readRaw(Bodies.model(4, Bodies.spec("x", DataType.BYTES, -1, 1)),
                InputMemory.of(memory), body);
        assertThat(request.inputs().getFirst().shape()).isEqualTo(Shape.of(1, 1));
        assertThat(Bodies.bytesOf(request.inputs().getFirst().data())).isEqualTo(Bodies.strings("héllo"));
        request.memory().release();
    }

    @Test
    void readRaw_inputCannotBeDeduced_isInvalidWithTritonsText() throws InferenceException {
        TensorBuffer body = Bodies.of(memory, new byte[8]);
        assertThatThrownBy(() -> reader.readRaw(
                Bodies.model(0, Bodies.spec("x", DataType.FP32, 2), Bodies.spec("y", DataType.FP32, 2)),
                InputMemory.of(memory), body))
                .hasMessage(
                        "[request id: <id_unknown>] Raw request must only have 1 input (found 1) to be deduced but got "
                                + "2 inputs in 'm' model "
                                + "configuration");
        assertThatThrownBy(() -> reader.readRaw(Bodies.model(0, Bodies.spec("x", DataType.FP32, -1, -1)),
                InputMemory.of(memory), body))
                .hasMessageStartingWith("The shape of the raw input 'x' can not be deduced");
        assertThatThrownBy(() -> reader.readRaw(Bodies.model(0, Bodies.spec("x", DataType.BYTES, 2)),
                InputMemory.of(memory), body))
                .hasMessage("For BYTE datatype raw input 'x', the model must have input shape [1]");
        body.release();
        TensorBuffer large = Bodies.of(memory, new byte[5000]);
        assertThatThrownBy(() -> reader.readRaw(Bodies.model(0, Bodies.spec("x", DataType.INT8, -1)),
                InputMemory.of(memory), large))
                .hasMessage(
                        "Raw input has a byte_size (5000) that exceeds the maximum allowed value of 4096 bytes. Use "
                                + "--http-max-input-size to increase the limit.");
        large.release();
    }
}
