package io.nereid.server.openapi;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nereid.server.protocol.ApiCategory;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The part of the description that is the same for every server, from {@code protocol.json}. An operation says there by
 * {@code x-category} which calls it belongs to, and by {@code x-requires} what has to be switched on for it; what is off
 * is left out. Thread-safe: nobody changes what was read.
 *
 * @param root the file's content
 * @param features what is switched on
 * @param security what restricted calls need
 */
record ProtocolDescription(JsonNode root, Set<String> features, Security security) {
    private static final String FILE = "protocol.json";
    private static final String CATEGORY = "x-category";
    private static final String REQUIRES = "x-requires";

    /** Clients may load and unload models. */
    static final String MODEL_CONTROL = "model-control";
    /** Clients may share memory with the server. */
    static final String CLIENT_SHARED_MEMORY = "client-shared-memory";

    /** Reads the file: some 200 KB of heap. */
    static ProtocolDescription read(ObjectMapper mapper, Set<String> features, Security security) throws IOException {
        try (InputStream file = ProtocolDescription.class.getResourceAsStream(FILE)) {
            if (file == null) {
                throw new FileNotFoundException(FILE + " is not beside " + ProtocolDescription.class);
            }
            return new ProtocolDescription(mapper.readTree(file), features, security);
        }
    }

    /** Writes the groups of operations as elements of an array. */
    void writeTags(JsonGenerator json) throws IOException {
        for (JsonNode tag : root.get("tags")) {
            json.writeTree(tag);
        }
    }

    /** Writes the paths as members. */
    void writePaths(JsonGenerator json) throws IOException {
        for (Map.Entry<String, JsonNode> path : root.get("paths").properties()) {
            List<Map.Entry<String, JsonNode>> on = path.getValue().properties().stream()
                    .filter(operation -> isOn(operation.getValue())).toList();
            if (!on.isEmpty()) {
                json.writeObjectFieldStart(path.getKey());
                for (Map.Entry<String, JsonNode> operation : on) {
                    json.writeFieldName(operation.getKey());
                    writeOperation(json, operation.getValue());
                }
                json.writeEndObject();
            }
        }
    }

    private boolean isOn(JsonNode operation) {
        JsonNode required = operation.get(REQUIRES);
        return required == null || features.contains(required.textValue());
    }

    private void writeOperation(JsonGenerator json, JsonNode operation) throws IOException {
        json.writeStartObject();
        for (Map.Entry<String, JsonNode> member : operation.properties()) {
            switch (member.getKey()) {
                case CATEGORY -> security.write(json, ApiCategory.named(member.getValue().textValue()).orElseThrow());
                case REQUIRES -> {
                    // answered by leaving the operation out
                }
                default -> {
                    json.writeFieldName(member.getKey());
                    json.writeTree(member.getValue());
                }
            }
        }
        json.writeEndObject();
    }

    /** Writes what operations share as members. */
    void writeComponents(JsonGenerator json) throws IOException {
        for (Map.Entry<String, JsonNode> member : root.get("components").properties()) {
            json.writeFieldName(member.getKey());
            json.writeTree(member.getValue());
        }
        security.writeSchemes(json);
    }
}
