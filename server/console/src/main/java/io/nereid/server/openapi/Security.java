package io.nereid.server.openapi;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.protocol.Restrictions;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which header line restricted calls must have, as OpenAPI says it; its value is told to nobody.
 */
final class Security {
    private final Restrictions restrictions;
    private final Restrictions ofOpenAi;
    /** Names of the schemes, by the header they ask for. */
    private final Map<String, String> schemes = new TreeMap<>();

    /**
     * What calls of this server need.
     *
     * @param restrictions of the v2 protocol
     * @param ofOpenAi of OpenAI's routes
     */
    Security(Restrictions restrictions, Restrictions ofOpenAi) {
        this.restrictions = restrictions;
        this.ofOpenAi = ofOpenAi;
        addSchemes(restrictions);
        addSchemes(ofOpenAi);
        int count = 0;
        for (Map.Entry<String, String> scheme : schemes.entrySet()) {
            count++;
            scheme.setValue("restricted" + count); // a header's name may have letters that a scheme's must not
        }
    }

    private void addSchemes(Restrictions some) {
        for (Restrictions.Requirement requirement : some.requirements().values()) {
            schemes.putIfAbsent(requirement.header(), "");
        }
    }

    /** Writes the definitions of all schemes as a member; nothing where all calls are open. */
    void writeSchemes(JsonGenerator json) throws IOException {
        if (schemes.isEmpty()) {
            return;
        }
        json.writeObjectFieldStart("securitySchemes");
        for (Map.Entry<String, String> scheme : schemes.entrySet()) {
            json.writeObjectFieldStart(scheme.getValue());
            json.writeStringField("type", "apiKey");
            json.writeStringField("in", "header");
            json.writeStringField("name", scheme.getKey());
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    /** Writes what calls of a category need as a member of an operation; nothing where they are open. */
    void write(JsonGenerator json, ApiCategory category) throws IOException {
        write(json, restrictions.of(category));
    }

    /** The same for OpenAI's routes. */
    void writeOfOpenAi(JsonGenerator json, ApiCategory category) throws IOException {
        write(json, ofOpenAi.of(category));
    }

    private void write(JsonGenerator json, Restrictions.@Nullable Requirement requirement) throws IOException {
        String scheme = requirement == null ? null : schemes.get(requirement.header());
        if (scheme != null) {
            json.writeArrayFieldStart("security");
            json.writeStartObject();
            json.writeArrayFieldStart(scheme);
            json.writeEndArray();
            json.writeEndObject();
            json.writeEndArray();
        }
    }
}
