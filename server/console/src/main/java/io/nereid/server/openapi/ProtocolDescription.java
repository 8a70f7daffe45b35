package io.nereid.server.openapi;

import com.fasterxml.jackson.core.JsonGenerator;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The part of the description that is the same for every server, from {@code protocol.json}. An operation says there by
 * {@code x-category} which calls it belongs to, and by {@code x-requires} what has to be switched on for it; what is off
 * is left out. Immutable.
 *
 * @param tags the groups of operations, as JSON
 * @param paths what can be asked
 * @param components what operations share, as JSON by their names
 * @param features what is switched on
 * @param security what restricted calls need
 */
record ProtocolDescription(List<String> tags, List<ProtocolPath> paths, Map<String, String> components,
        Set<String> features, Security security) {
    /** Clients may load and unload models. */
    static final String MODEL_CONTROL = "model-control";
    /** Clients may share memory with the server. */
    static final String CLIENT_SHARED_MEMORY = "client-shared-memory";
    /** OpenAI's routes are served. */
    static final String OPENAI = "openai";

    /** Writes the groups of operations as elements of an array. */
    void writeTags(JsonGenerator json) throws IOException {
        for (String tag : tags) {
            json.writeRawValue(tag);
        }
    }

    /** Writes the paths as members. */
    void writePaths(JsonGenerator json) throws IOException {
        for (ProtocolPath path : paths) {
            List<ProtocolOperation> on = path.operations().stream().filter(operation -> operation.isOn(features))
                    .toList();
            if (!on.isEmpty()) {
                json.writeObjectFieldStart(path.name());
                for (ProtocolOperation operation : on) {
                    operation.write(json, security);
                }
                json.writeEndObject();
            }
        }
    }

    /** Writes what operations share as members. */
    void writeComponents(JsonGenerator json) throws IOException {
        ProtocolOperation.writeMembers(json, components);
        security.writeSchemes(json);
    }
}
