package io.nereid.server.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import io.nereid.inference.DataType;
import io.nereid.server.protocol.ModelSignature;
import io.nereid.server.protocol.TensorSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import static io.nereid.server.openapi.Descriptions.optional;
import static io.nereid.server.openapi.Descriptions.tensor;
import static org.assertj.core.api.Assertions.assertThat;

class InferOperationTest {
    private static JsonNode operation(ModelDescription model) throws IOException {
        return Descriptions.members(new InferOperation(model)::write);
    }

    private static JsonNode json(JsonNode operation) {
        return operation.at("/requestBody/content/application~1json");
    }

    private static List<String> bodies(JsonNode operation) {
        List<String> types = new ArrayList<>();
        operation.at("/requestBody/content").fieldNames().forEachRemaining(types::add);
        return types;
    }

    @Test
    void schema_batchedInput_hasItsNameTypeAndShape() throws Exception {
        JsonNode schema = json(operation(Descriptions.model(8, tensor("IN", DataType.INT32, -1, 3, -1))));
        JsonNode input = schema.at("/schema/properties/inputs/items/properties");
        assertThat(input.at("/name/const").asText()).isEqualTo("IN");
        assertThat(input.at("/datatype/const").asText()).isEqualTo("INT32");
        assertThat(input.at("/data/$ref").asText()).isEqualTo("#/components/schemas/DataINT32");
        JsonNode dims = input.at("/shape/prefixItems");
        assertThat(dims.get(0).get("maximum").asInt()).isEqualTo(8);
        assertThat(dims.get(0).get("minimum").asInt()).isEqualTo(1);
        assertThat(dims.get(1).get("const").asInt()).isEqualTo(3);
        assertThat(dims.get(2).get("type").asText()).isEqualTo("integer");
        assertThat(dims.get(2).has("maximum")).isFalse();
        assertThat(input.at("/shape/minItems").asInt()).isEqualTo(3);
    }

    @Test
    void schema_severalInputs_countsThoseThatMustBeThere() throws Exception {
        JsonNode inputs = json(operation(Descriptions.model(0, tensor("A", DataType.FP32, 2),
                optional("B", DataType.BYTES, -1)))).at("/schema/properties/inputs");
        assertThat(inputs.get("minItems").asInt()).isEqualTo(1);
        assertThat(inputs.get("maxItems").asInt()).isEqualTo(2);
        assertThat(inputs.at("/items/oneOf/1/title").asText()).isEqualTo("B");
    }

    @Test
    void example_hasOneRowOfWhatMustBeThere() throws Exception {
        JsonNode example = json(operation(Descriptions.model(8, tensor("A", DataType.FP32, -1, 2, -1),
                tensor("B", DataType.BYTES, -1, 1), tensor("C", DataType.BOOL, -1, 1),
                optional("D", DataType.INT8, -1, 1)))).get("example");
        assertThat(example).hasToString("{\"inputs\":["
                + "{\"name\":\"A\",\"shape\":[1,2,1],\"datatype\":\"FP32\",\"data\":[0.0,0.0]},"
                + "{\"name\":\"B\",\"shape\":[1,1],\"datatype\":\"BYTES\",\"data\":[\"text\"]},"
                + "{\"name\":\"C\",\"shape\":[1,1],\"datatype\":\"BOOL\",\"data\":[false]}]}");
    }

    @Test
    void example_allInputsOptional_hasTheFirst() throws Exception {
        JsonNode example = json(operation(Descriptions.model(0, optional("A", DataType.UINT8, 1),
                optional("B", DataType.UINT8, 1)))).get("example");
        assertThat(example.get("inputs").toString()).contains("\"A\"").doesNotContain("\"B\"");
    }

    @Test
    void example_tooLong_rawBytesComeFirstAndAreExplained() throws Exception {
        JsonNode operation = operation(Descriptions.model(16, tensor("IN", DataType.FP32, -1, 3, 224, 224)));
        assertThat(json(operation).has("example")).isFalse();
        assertThat(bodies(operation)).containsExactly("application/octet-stream", "application/json");
        assertThat(operation.at("/requestBody/content/application~1octet-stream/schema/description").asText())
                .isEqualTo("The elements of the only input, FP32, little-endian: 602112 bytes.");
        assertThat(operation.at("/parameters/0/schema/default").asInt(-1)).isZero();
        assertThat(operation.get("description").asText()).contains("too long");
    }

    @ParameterizedTest
    @EnumSource(value = DataType.class, names = {"FP16", "BF16"})
    void input_thatIsNoJson_isSentAsBytes(DataType type) throws Exception {
        JsonNode operation = operation(Descriptions.model(0, tensor("IN", type, -1)));
        assertThat(json(operation).has("example")).isFalse();
        assertThat(json(operation).at("/schema/properties/inputs/items/properties").has("data")).isFalse();
        assertThat(operation.at("/requestBody/content/application~1octet-stream/schema/description").asText())
                .endsWith("a multiple of 2 bytes.");
    }

    @Test
    void raw_whatCannotBeDeduced_isNotOffered() throws Exception {
        assertThat(bodies(operation(Descriptions.model(0, tensor("IN", DataType.FP32, -1, -1)))))
                .containsExactly("application/json");
        assertThat(bodies(operation(Descriptions.model(8, tensor("IN", DataType.BYTES, -1, 2)))))
                .containsExactly("application/json");
        assertThat(bodies(operation(
                Descriptions.model(0, tensor("A", DataType.FP32, 1), tensor("B", DataType.FP32, 1)))))
                .containsExactly("application/json");
        assertThat(bodies(operation(Descriptions.model(8, tensor("IN", DataType.BYTES, -1, 1)))))
                .containsExactly("application/json", "application/octet-stream");
    }

    @Test
    void image_isAFileThatIsChosen() throws Exception {
        ModelSignature signature = Descriptions.model(8, tensor("PHOTO", DataType.BYTES, -1, 1)).signature();
        JsonNode operation = operation(
                new ModelDescription("m", 1, true, false, signature, false, SequenceId.NONE, Set.of("PHOTO")));
        assertThat(bodies(operation)).contains("image/jpeg", "image/png");
        assertThat(json(operation).at("/example/inputs/0/data/0").asText()).startsWith("iVBORw0KGgo");
    }

    @Test
    void output_thatIsNoJson_isAskedForAsBytes() throws Exception {
        List<TensorSpec> outputs = List.of(tensor("HALF", DataType.FP16, 1), tensor("WHOLE", DataType.FP32, 1));
        ModelSignature signature = new ModelSignature("m", "p", 0, List.of(tensor("IN", DataType.FP32, 1)), outputs);
        JsonNode operation = operation(
                new ModelDescription("m", 1, true, false, signature, false, SequenceId.NONE, Set.of()));
        assertThat(json(operation).at("/example/outputs")).hasToString(
                "[{\"name\":\"HALF\",\"parameters\":{\"binary_data\":true}},"
                        + "{\"name\":\"WHOLE\",\"parameters\":{\"binary_data\":false}}]");
    }

    @Test
    void response_hasTheOutputs() throws Exception {
        JsonNode operation = operation(Descriptions.model(0, tensor("IN", DataType.FP32, 1)));
        JsonNode properties = operation.at("/responses/200/content/application~1json/schema/properties");
        assertThat(properties.at("/model_name/const").asText()).isEqualTo("m");
        assertThat(properties.at("/outputs/items/properties/name/const").asText()).isEqualTo("OUT");
        assertThat(operation.at("/responses/default/$ref").asText()).isEqualTo("#/components/responses/Error");
    }
}
