package io.nereid.server.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import io.nereid.inference.DataType;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.protocol.Restrictions;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import static io.nereid.server.openapi.Descriptions.tensor;
import static org.assertj.core.api.Assertions.assertThat;

class ModelPathsTest {
    private static final ModelDescription MODEL = Descriptions.model(8, tensor("IN", DataType.FP32, -1, 4));

    private static JsonNode paths(ModelDescription model) throws IOException {
        return Descriptions.members(new ModelPaths(model, new Security(Restrictions.NONE, Restrictions.NONE))::write);
    }

    private static List<String> names(JsonNode node) {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static ModelDescription with(String name, long version, boolean newest, boolean versioned) {
        return new ModelDescription(name, version, newest, versioned, MODEL.signature(), false, SequenceId.NONE,
                MODEL.images());
    }

    @Test
    void write_model_hasARouteForEachWayToRunIt() throws Exception {
        assertThat(names(paths(MODEL))).containsExactly("/v2/models/m/infer", "/v2/models/m/generate",
                "/v2/models/m/generate_stream");
    }

    @Test
    void write_decoupled_isAskedForEventsOnly() throws Exception {
        ModelDescription decoupled = new ModelDescription("m", 1, true, false, MODEL.signature(), true, SequenceId.NONE,
                MODEL.images());
        assertThat(names(paths(decoupled))).containsExactly("/v2/models/m/generate_stream");
    }

    @Test
    void write_sequences_areInferredOnly() throws Exception {
        ModelDescription sequences = new ModelDescription("m", 1, true, false, MODEL.signature(), false,
                SequenceId.NUMBER,
                MODEL.images());
        JsonNode paths = paths(sequences);
        assertThat(names(paths)).containsExactly("/v2/models/m/infer");
        JsonNode example = paths.at("/~1v2~1models~1m~1infer/post/requestBody/content/application~1json/example");
        assertThat(example.at("/parameters/sequence_start").asBoolean()).isTrue();
        assertThat(example.at("/parameters/sequence_id").asInt()).isEqualTo(1);
    }

    @Test
    void write_sequencesNamedByTexts_haveATextInTheExample() throws Exception {
        ModelDescription texts = new ModelDescription("m", 1, true, false, MODEL.signature(), false, SequenceId.TEXT,
                MODEL.images());
        assertThat(paths(texts).at("/~1v2~1models~1m~1infer/post/requestBody/content/application~1json/example"
                + "/parameters/sequence_id").isTextual()).isTrue();
    }

    @Test
    void write_tensorsThatAreNoJson_areInferredOnly() throws Exception {
        assertThat(names(paths(Descriptions.model(0, tensor("IN", DataType.FP16, 4)))))
                .containsExactly("/v2/models/m/infer");
        assertThat(names(paths(Descriptions.model(0, tensor("parameters", DataType.FP32, 4)))))
                .containsExactly("/v2/models/m/infer");
    }

    @Test
    void write_severalVersions_eachHasItsAddressAndTheNewestTheShortOne() throws Exception {
        assertThat(names(paths(with("m", 3, true, true)))).contains("/v2/models/m/infer",
                "/v2/models/m/versions/3/infer");
        assertThat(names(paths(with("m", 2, false, true))))
                .allMatch(path -> path.startsWith("/v2/models/m/versions/2/"))
                .hasSize(3);
    }

    @Test
    void write_nameOfAnyCharacters_isEncodedInTheAddressAndNotInTheText() throws Exception {
        String name = "a b<i>{x}/ä%";
        JsonNode paths = paths(with(name, 1, true, false));
        JsonNode infer = paths.at("/~1v2~1models~1a%20b%3Ci%3E%7Bx%7D%2F%C3%A4%25~1infer/post");
        assertThat(infer.at("/tags/0").asText()).isEqualTo(name);
        assertThat(infer.at("/summary").asText()).isEqualTo("Run " + name);
        assertThat(infer.get("description").asText()).as("may have markup").doesNotContain("<i>");
    }

    @Test
    void write_restrictedInference_needsItsHeader() throws Exception {
        Security security = new Security(
                new Restrictions(Map.of(ApiCategory.INFERENCE, new Restrictions.Requirement("x!key", "secret"))),
                Restrictions.NONE);
        JsonNode paths = Descriptions.members(new ModelPaths(MODEL, security)::write);
        assertThat(paths.at("/~1v2~1models~1m~1infer/post/security")).hasToString("[{\"restricted1\":[]}]");
        assertThat(Descriptions.members(security::writeSchemes)).hasToString("{\"securitySchemes\":{\"restricted1\":"
                + "{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"x!key\"}}}");
        assertThat(paths(MODEL).toString()).doesNotContain("security");
    }
}
