package io.nereid.server.console.calls;

import io.nereid.inference.DataType;
import io.nereid.inference.Shape;
import io.nereid.server.protocol.TensorSpec;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;

class ExampleRequestTest {
    private static final CallTarget TARGET = new CallTarget("h:1", false, Optional.of("h:2"), false, Optional.empty(),
            Optional.empty(), "it's \"m\" %",
            "3");

    @Test
    void input_anyDimension_isOne() {
        ExampleInput input = input("IN", DataType.INT64, Shape.ANY, 2, Shape.ANY);

        assertThat(input.dims()).isEqualTo("[1,2,1]");
        assertThat(input.json())
                .isEqualTo("{\"name\":\"IN\",\"datatype\":\"INT64\",\"shape\":[1,2,1],\"data\":[0,0]}");
    }

    @Test
    void input_longOrWithoutJson_isSentAsBytes() {
        assertThat(input("IN", DataType.FP32, 3, 224, 224).binaryBytes()).isEqualTo(3 * 224 * 224 * 4);
        assertThat(input("IN", DataType.BYTES, 100).binaryBytes()).isEqualTo(400);
        assertThat(input("IN", DataType.FP16, 1).isBinary()).isTrue();
        assertThat(input("IN", DataType.FP32, 32).isBinary()).isFalse();
    }

    @Test
    void input_shapeThatNoMachineHolds_isCountedAllTheSame() {
        assertThat(input("IN", DataType.FP64, Integer.MAX_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE).binaryBytes())
                .isPositive();
    }

    @Test
    void curl_nameWithQuotationMarks_isOneWord() {
        String text = CurlCall.text(TARGET, request(input("a'b", DataType.BYTES, 1)));

        assertThat(text).contains("'http://h:1/v2/models/it%27s%20%22m%22%20%25/versions/3/infer'",
                "\"name\":\"a'\\''b\"", "\"data\":[\"text\"]");
    }

    @Test
    void curl_binary_saysHowLongTheJsonIs() {
        ExampleRequest request = request(input("é", DataType.FP16, 2));
        String text = CurlCall.text(TARGET, request);

        assertThat(text).contains("head -c 4 /dev/zero",
                "Inference-Header-Content-Length: " + (request.json().length() + 1));
    }

    @Test
    void python_decoupled_streamsOverGrpc() {
        ExampleRequest request = new ExampleRequest(List.of(input("IN", DataType.INT32, 1)), List.of("OUT"), true,
                true);
        String text = PythonCall.overGrpc(TARGET, "h:2", request);

        assertThat(text).contains("client.start_stream(answered)", "\"it's \\\"m\\\" %\"", "sequence_start=True",
                "np.zeros([1], dtype=np.int32)");
    }

    @Test
    void calls_inferenceIsRestricted_haveTheHeader() {
        CallTarget restricted = new CallTarget("h:1", true, Optional.of("h:2"), true, Optional.of("key"),
                Optional.of("other"), "m", "1");
        ExampleRequest request = request(input("IN", DataType.INT32, 1));

        assertThat(CurlCall.text(restricted, request)).contains("-H 'key: VALUE'", "https://h:1/");
        assertThat(JavaCall.text(restricted, request)).contains(".header(\"key\", \"VALUE\")");
        assertThat(PythonCall.overHttp(restricted, request)).contains("headers={\"key\": \"VALUE\"}", "ssl=True");
        assertThat(PythonCall.overGrpc(restricted, "h:2", request)).contains("headers={\"other\": \"VALUE\"}");
    }

    @Test
    void java_binary_hasTheBytesBehindTheJson() {
        String text = JavaCall.text(TARGET, request(input("IN", DataType.UINT8, 100)));

        assertThat(text).contains("new byte[100]", "\"Inference-Header-Content-Length\"");
    }

    private static ExampleRequest request(ExampleInput input) {
        return new ExampleRequest(List.of(input), List.of("OUT"), false, false);
    }

    private static ExampleInput input(String name, DataType type, long... dims) {
        return ExampleInput.of(new TensorSpec(name, type, Shape.of(dims), false, List.of()));
    }
}
