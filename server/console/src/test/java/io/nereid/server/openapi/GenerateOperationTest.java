package io.nereid.server.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import io.nereid.inference.DataType;
import org.junit.jupiter.api.Test;

import static io.nereid.server.openapi.Descriptions.optional;
import static io.nereid.server.openapi.Descriptions.tensor;
import static org.assertj.core.api.Assertions.assertThat;

class GenerateOperationTest {
    private static final ModelDescription MODEL = Descriptions.model(8, tensor("A", DataType.FP32, -1, 2),
            optional("B", DataType.BYTES, -1, 1));

    @Test
    void write_inputs_areMembers() throws Exception {
        JsonNode body = Descriptions.members(new GenerateOperation(MODEL)::write)
                .at("/requestBody/content/application~1json");
        assertThat(body.at("/schema/properties/A/$ref").asText()).isEqualTo("#/components/schemas/ElementsFP32");
        assertThat(body.at("/schema/properties/B/$ref").asText()).isEqualTo("#/components/schemas/ElementsBYTES");
        assertThat(body.at("/schema/required")).hasToString("[\"A\"]");
        assertThat(body.get("example")).hasToString("{\"A\":[0.0,0.0]}");
    }

    @Test
    void write_document_hasTheOutputs() throws Exception {
        JsonNode answer = Descriptions.members(new GenerateOperation(MODEL)::write)
                .at("/responses/200/content/application~1json/schema/properties");
        assertThat(answer.at("/OUT/$ref").asText()).isEqualTo("#/components/schemas/ElementsFP32");
        assertThat(answer.at("/model_name/const").asText()).isEqualTo("m");
    }

    @Test
    void write_events_areText() throws Exception {
        JsonNode content = Descriptions.members(new GenerateOperation(MODEL).asEvents()::write)
                .at("/responses/200/content");
        assertThat(content).hasToString("{\"text/event-stream\":{\"schema\":{\"type\":\"string\"}}}");
    }

    @Test
    void write_tooLong_hasNoExample() throws Exception {
        JsonNode body = Descriptions
                .members(new GenerateOperation(Descriptions.model(8, tensor("A", DataType.FP32, -1, 2000)))::write)
                .at("/requestBody/content/application~1json");
        assertThat(body.has("schema")).isTrue();
        assertThat(body.has("example")).isFalse();
    }
}
