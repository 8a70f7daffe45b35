package io.nereid.server.http.codec;

import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InputMemory;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.ModelSignature;
import io.nereid.server.protocol.RequestLimits;
import io.nereid.server.sharedmemory.SharedMemory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;

import static org.assertj.core.api.Assertions.assertThat;

/** What of a request in JSON is kept on the heap is limited, and checked before it is; the data of tensors is not. */
class RequestLimitsTest {
    private static final String INPUTS = "\"inputs\":[{\"name\":\"IN\",\"shape\":[1],\"datatype\":\"FP32\",\"data\":[1]}]";
    private static final int MAX_PARAMETERS = 3;
    private static final int MAX_STRING = 20;
    private static final int MAX_HEAD = 500;
    private static final ModelSignature MODEL = Bodies.model(4, Bodies.spec("PROMPT", DataType.BYTES, -1, 1));

    private final TensorMemory memory = Bodies.memory();
    private final InferRequestReader reader = new InferRequestReader(new SharedMemory(false), 1 << 20,
            new RequestLimits(MAX_PARAMETERS, MAX_STRING, MAX_HEAD));

    @AfterEach
    void nothingLeaked() {
        assertThat(memory.bytesInUse()).isZero();
    }

    private interface Reading {
        ClientRequest read(TensorBuffer body) throws InferenceException;
    }

    /** The text of the failure; null where the body is a request. */
    private @Nullable String error(String json, Reading reading) throws InferenceException {
        TensorBuffer body = Bodies.of(memory, json);
        try {
            reading.read(body).memory().release();
            return null;
        } catch (InferenceException e) {
            body.release();
            assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG);
            return e.text();
        }
    }

    private @Nullable String infer(String json) throws InferenceException {
        return error(json,
                body -> reader.read("m", InputMemory.of(memory),
                        body, json.getBytes(StandardCharsets.UTF_8).length).complete());
    }

    private @Nullable String generate(String json) throws InferenceException {
        return error(json, body -> reader.readGenerate(MODEL, InputMemory.of(memory), body));
    }

    private static String tooMany() {
        return "request has 4 or more parameters (expected at most 3). Use --max-request-parameters to increase the "
                + "limit.";
    }

    private static String tooLong(int bytes) {
        return "request has a name, id, key or string parameter of " + bytes
                + " bytes (expected at most 20 bytes). Use --max-request-string-size to increase the limit.";
    }

    @Test
    void parameters_ofARequest_upToTheLimit() throws InferenceException {
        assertThat(infer("{" + INPUTS + ",\"parameters\":{\"a\":1,\"b\":2,\"priority\":3}}")).isNull();
        assertThat(infer("{" + INPUTS + ",\"parameters\":{\"a\":1,\"b\":2,\"priority\":3,\"c\":4}}"))
                .isEqualTo(tooMany());
    }

    @Test
    void parameters_ofTheSameName_countEach() throws InferenceException {
        assertThat(infer("{" + INPUTS + ",\"parameters\":{\"a\":1,\"a\":1,\"a\":1,\"a\":1}}")).isEqualTo(tooMany());
    }

    @ParameterizedTest
    @ValueSource(strings = {"inputs", "outputs"})
    void parameters_ofTensors_upToTheLimit(String list) throws InferenceException {
        String three = "{" + INPUTS.replace("}]", ",\"parameters\":{\"a\":1,\"b\":1,\"c\":1}}]")
                + ",\"outputs\":[{\"name\":\"OUT\",\"parameters\":{\"a\":1,\"b\":1,\"c\":1}}]}";
        assertThat(infer(three)).isNull();
        int at = three.indexOf("\"c\":1", three.indexOf(list));
        assertThat(infer(three.substring(0, at) + "\"d\":[]," + three.substring(at))).isEqualTo(tooMany());
    }

    @Test
    void membersOfGenerate_thatAreNoInput_upToTheLimit() throws InferenceException {
        assertThat(generate("{\"PROMPT\":\"x\",\"a\":1,\"b\":2,\"parameters\":{\"c\":3}}")).isNull();
        assertThat(generate("{\"PROMPT\":\"x\",\"a\":1,\"b\":2,\"parameters\":{\"c\":3,\"d\":4}}"))
                .isEqualTo("Converting keyword: 'parameters': " + tooMany());
        assertThat(generate("{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"PROMPT\":\"x\"}")).isEqualTo(tooMany());
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"id\":\"%s\"," + "INPUTS}", "{INPUTS,\"parameters\":{\"%s\":1}}",
            "{INPUTS,\"parameters\":{\"a\":\"%s\"}}", "{INPUTS,\"parameters\":{\"sequence_id\":\"%s\"}}",
            "{INPUTS,\"outputs\":[{\"name\":\"%s\"}]}", "{INPUTS,\"outputs\":[{\"name\":\"O\",\"%s\":1}]}",
            "{INPUTS,\"%s\":1}"})
    void strings_upToTheLimit(String form) throws InferenceException {
        String whole = form.replace("INPUTS", INPUTS);
        assertThat(infer(whole.replace("%s", "x".repeat(20)))).isNull();
        assertThat(infer(whole.replace("%s", "x".repeat(21)))).isEqualTo(tooLong(21));
        assertThat(infer(whole.replace("%s", "é".repeat(10)))).isNull();
        assertThat(infer(whole.replace("%s", "é".repeat(11)))).isEqualTo(tooLong(22));
        assertThat(infer(whole.replace("%s", "\\u00e9".repeat(10)))).as("escapes count as what they say").isNull();
        assertThat(infer(whole.replace("%s", "\\u00e9".repeat(11)))).isEqualTo(tooLong(22));
    }

    @Test
    void namesOfInputsAndTheirPlaces_upToTheLimit() throws InferenceException {
        String name = "x".repeat(21);
        assertThat(infer("{" + INPUTS.replace("IN\"", name + "\"") + "}")).isEqualTo(tooLong(21));
        assertThat(infer("{" + INPUTS.replace("FP32", name) + "}")).isEqualTo(tooLong(21));
        assertThat(infer("{" + INPUTS.replace("\"data\":[1]",
                "\"parameters\":{\"shared_memory_region\":\"" + name + "\"}") + "}")).isEqualTo(tooLong(21));
    }

    @Test
    void stringsOfGenerate_areLimitedUnlessTheyAreAnInput() throws InferenceException {
        String text = "x".repeat(5000);
        assertThat(generate("{\"PROMPT\":\"" + text + "\"}")).isNull();
        assertThat(generate("{\"PROMPT\":[\"" + text + "\",\"" + text + "\"]}")).isNull();
        assertThat(generate("{\"PROMPT\":\"x\",\"id\":\"" + text + "\"}")).isEqualTo(tooLong(5000));
        assertThat(generate("{\"PROMPT\":\"x\",\"stop\":\"" + text + "\"}")).isEqualTo(tooLong(5000));
    }

    private static String tensor(String data, String more) {
        return "{\"inputs\":[{" + more + "\"name\":\"IN\",\"shape\":[1000],\"datatype\":\"FP32\",\"data\":"
                + data + "}]";
    }

    private static String thousand() {
        return "[" + "0.25,".repeat(999) + "1]";
    }

    @Test
    void head_doesNotCountData() throws InferenceException {
        assertThat(infer(tensor(thousand(), "") + "}")).isNull();
        String around = "\"comment\":[" + "1,".repeat(150) + "1]}";
        assertThat(infer(tensor(thousand(), "") + "," + around)).isNull();
        assertThat(infer(tensor(thousand(), "") + "," + around.replace("[", "[" + "1,".repeat(100))))
                .matches("request has 5\\d\\d or more bytes that are no tensor's data \\(expected at most 500 "
                        + "bytes\\)\\. "
                        + "Use --max-request-head-size to increase the limit\\.");
    }

    @Test
    void data_thatIsReadAgain_isNoMoreRoomForTheHead() throws InferenceException {
        String before = "{\"inputs\":[{\"data\":" + thousand()
                + ",\"name\":\"IN\",\"shape\":[1000],\"datatype\":\"FP32\"}]";
        assertThat(infer(before + "}")).isNull();
        assertThat(infer(before + ",\"comment\":\"" + "x".repeat(300) + "\"}")).isNull();
        assertThat(infer(before + ",\"comment\":\"" + "x".repeat(600) + "\"}")).contains("no tensor's data");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"unknown\":[%s]}", "{\"unknown\":{\"a\":[%s]}}", "[%s]"})
    void whatIsSkipped_isHead(String form) throws InferenceException {
        assertThat(infer(form.replace("%s", "1,".repeat(5000) + "1"))).contains("--max-request-head-size");
    }

    @Test
    void aSecondListOfData_isHead() throws InferenceException {
        String twice = tensor(thousand(), "").replace("}]", ",\"data\":" + thousand() + "}]") + "}";
        assertThat(infer(twice)).contains("--max-request-head-size");
    }

    @Test
    void spaces_areHead() throws InferenceException {
        assertThat(infer("{" + INPUTS + "}" + " ".repeat(600))).contains("--max-request-head-size");
        assertThat(generate("{\"PROMPT\":\"x\"" + " ".repeat(600) + "}")).contains("--max-request-head-size");
    }
}
