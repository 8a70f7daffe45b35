package io.nereid.server.openapi;

import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.config.ModelConfigParser;
import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

class ImageInputsTest {
    private static final String DECODER = """
            backend: "image" max_batch_size: 4
            input { name: "BYTES" data_type: TYPE_STRING dims: [ 1 ] }
            output { name: "PIXELS" data_type: TYPE_FP32 dims: [ 3, 8, 8 ] }
            """;

    private static ModelConfig config(String name, String text) {
        return ModelConfigParser.parse(name, name + "/config.pbtxt", text, _ -> false);
    }

    private static String ensemble(String step, String stepInput, String stepOutput) {
        return """
                platform: "ensemble" max_batch_size: 4
                input { name: "UPLOAD" data_type: TYPE_STRING dims: [ 1 ] }
                output { name: "OUT" data_type: TYPE_FP32 dims: [ 3, 8, 8 ] }
                ensemble_scheduling { step { model_name: "%s" model_version: -1
                    input_map { key: "%s" value: "UPLOAD" } output_map { key: "%s" value: "OUT" } } }
                """.formatted(step, stepInput, stepOutput);
    }

    private static Set<String> of(String model, Map<String, String> texts) {
        Map<String, ModelConfig> configs = new HashMap<>();
        texts.forEach((name, text) -> configs.put(name, config(name, text)));
        return new ImageInputs(configs).of(Objects.requireNonNull(configs.get(model)));
    }

    @Test
    void of_imageBackend_isItsInput() {
        assertThat(of("decoder", Map.of("decoder", DECODER))).containsExactly("BYTES");
    }

    @Test
    void of_ensembles_areThoseTheyHandOn() {
        assertThat(of("outer", Map.of("outer", ensemble("inner", "UPLOAD", "OUT"), "inner",
                ensemble("decoder", "BYTES", "PIXELS"), "decoder", DECODER))).containsExactly("UPLOAD");
        assertThat(of("inner", Map.of("inner", ensemble("text", "BYTES", "PIXELS"), "text",
                DECODER.replace("\"image\"", "\"python\"")))).isEmpty();
        assertThat(of("inner", Map.of("inner", ensemble("gone", "BYTES", "PIXELS")))).isEmpty();
    }

    @Test
    void of_otherBackends_areThoseThatAreNamedSo() {
        String python = """
                backend: "python"
                input { name: "%s" data_type: %s dims: [ %s ] }
                output { name: "OUT" data_type: TYPE_FP32 dims: [ 1 ] }
                """;
        assertThat(of("m", Map.of("m", python.formatted("INPUT_IMAGE", "TYPE_STRING", "1"))))
                .containsExactly("INPUT_IMAGE");
        assertThat(of("m", Map.of("m", python.formatted("INPUT_IMAGE", "TYPE_STRING", "2")))).isEmpty();
        assertThat(of("m", Map.of("m", python.formatted("INPUT_IMAGE", "TYPE_FP32", "1")))).isEmpty();
        assertThat(of("m", Map.of("m", python.formatted("PROMPT", "TYPE_STRING", "1")))).isEmpty();
    }
}
