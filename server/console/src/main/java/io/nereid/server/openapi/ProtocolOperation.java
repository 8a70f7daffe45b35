package io.nereid.server.openapi;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.server.protocol.ApiCategory;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Map;
import java.util.Set;

/**
 * One operation of {@code protocol.json}. Immutable.
 *
 * @param method as {@code get}
 * @param category which calls it belongs to
 * @param requires what has to be switched on for it; null if nothing has to
 * @param members everything else that is said of it, as JSON by the names
 */
record ProtocolOperation(String method, ApiCategory category, @Nullable String requires, Map<String, String> members) {

    boolean isOn(Set<String> features) {
        return requires == null || features.contains(requires);
    }

    /** Writes it as a member. */
    void write(JsonGenerator json, Security security) throws IOException {
        json.writeObjectFieldStart(method);
        writeMembers(json, members);
        if (ProtocolDescription.OPENAI.equals(requires)) {
            security.writeOfOpenAi(json, category);
        } else {
            security.write(json, category);
        }
        json.writeEndObject();
    }

    /** Writes members whose values are JSON already. */
    static void writeMembers(JsonGenerator json, Map<String, String> members) throws IOException {
        for (Map.Entry<String, String> member : members.entrySet()) {
            json.writeFieldName(member.getKey());
            json.writeRawValue(member.getValue());
        }
    }
}
