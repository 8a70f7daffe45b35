package io.nereid.server.openapi;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.JsonNode;
import io.nereid.inference.DataType;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.protocol.Restrictions;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

class ProtocolDescriptionTest {
    private static final Set<String> ALL = Set.of(ProtocolDescription.MODEL_CONTROL,
            ProtocolDescription.CLIENT_SHARED_MEMORY, ProtocolDescription.OPENAI);

    private static ProtocolDescription protocol(Set<String> features, Restrictions restrictions) throws IOException {
        return ProtocolReader.read(new JsonFactory(), features, new Security(restrictions, restrictions));
    }

    private static JsonNode paths(Set<String> features) throws IOException {
        return Descriptions.members(protocol(features, Restrictions.NONE)::writePaths);
    }

    @Test
    void writePaths_whatIsOff_isLeftOut() throws Exception {
        assertThat(paths(ALL).get("/v2/repository/models/{model_name}/load").has("post")).isTrue();
        JsonNode off = paths(Set.of());
        assertThat(off.has("/v2/repository/models/{model_name}/load")).isFalse();
        assertThat(off.has("/v2/systemsharedmemory/region/{region_name}/register")).isFalse();
        assertThat(off.has("/v2/systemsharedmemory/status")).isTrue();
        assertThat(off.has("/v2/repository/index")).isTrue();
        assertThat(paths(ALL).has("/v1/embeddings")).isTrue();
        assertThat(off.has("/v1/embeddings")).isFalse();
    }

    @Test
    void writePaths_ownMarks_areNotPartOfIt() throws Exception {
        assertThat(paths(ALL).toString()).doesNotContain("x-category", "x-requires", "security");
    }

    @Test
    void writePaths_everyOperation_belongsToACategory() throws Exception {
        Map<ApiCategory, Restrictions.Requirement> all = new EnumMap<>(ApiCategory.class);
        for (ApiCategory category : ApiCategory.values()) {
            all.put(category, new Restrictions.Requirement("x-" + category.flagName(), "secret"));
        }
        JsonNode paths = Descriptions.members(protocol(ALL, new Restrictions(all))::writePaths);
        for (JsonNode path : paths) {
            for (JsonNode operation : path) {
                assertThat(operation.get("security")).as(operation.get("operationId").asText()).hasSize(1);
            }
        }
        assertThat(paths.toString()).doesNotContain("secret");
    }

    @Test
    void writeComponents_everyDatatype_hasItsElements() throws Exception {
        JsonNode schemas = Descriptions.members(protocol(ALL, Restrictions.NONE)::writeComponents).get("schemas");
        for (DataType type : DataType.values()) {
            assertThat(schemas.has("Data" + type)).as(type.name()).isEqualTo(TensorSchema.isJson(type));
            assertThat(schemas.has("Elements" + type)).as(type.name()).isEqualTo(TensorSchema.isJson(type));
            assertThat(schemas.at("/Datatype/enum").toString()).contains('"' + type.name() + '"');
        }
    }

    @Test
    void writeComponents_everyReference_leadsSomewhere() throws Exception {
        JsonNode components = Descriptions.members(protocol(ALL, Restrictions.NONE)::writeComponents);
        for (JsonNode tree : new JsonNode[]{components, paths(ALL)}) {
            for (String reference : tree.findValuesAsText("$ref")) {
                assertThat(components.at(reference.replace("#/components", "")).isMissingNode()).as(reference)
                        .isFalse();
            }
        }
    }
}
