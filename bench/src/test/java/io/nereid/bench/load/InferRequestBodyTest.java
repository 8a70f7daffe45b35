package io.nereid.bench.load;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

class InferRequestBodyTest {
    @Test
    void of_binaryScenario_writesTheTensorBehindTheHead() {
        InferRequestBody body = InferRequestBody.of(Scenario.IDENTITY_64B);

        String head = """
                {"inputs":[{"name":"INPUT0","shape":[1,16],"datatype":"FP32",\
                "parameters":{"binary_data_size":64}}],\
                "outputs":[{"name":"OUTPUT0","parameters":{"binary_data":true}}]}""";
        assertThat(body.headers()).isEqualTo(Map.of("Inference-Header-Content-Length", "" + head.length()));
        assertThat(new String(body.bytes(), 0, head.length(), StandardCharsets.UTF_8)).isEqualTo(head);
        assertThat(body.bytes()).hasSize(head.length() + 64);
    }

    @Test
    void of_jsonScenario_writesTheNumbersIntoTheHead() {
        InferRequestBody body = InferRequestBody.of(Scenario.IDENTITY_64B_JSON);

        assertThat(body.headers()).doesNotContainKey("Inference-Header-Content-Length");
        assertThat(new String(body.bytes(), StandardCharsets.UTF_8))
                .matches("\\{\"inputs\":\\[\\{.*\"data\":\\[-?[0-9.]+(,-?[0-9.]+){15}]}],.*\"binary_data\":false}}]}");
    }

    @Test
    void of_sameScenarioTwice_writesTheSameNumbers() {
        assertThat(InferRequestBody.of(Scenario.FOOD).bytes())
                .isEqualTo(InferRequestBody.of(Scenario.FOOD).bytes());
    }
}
