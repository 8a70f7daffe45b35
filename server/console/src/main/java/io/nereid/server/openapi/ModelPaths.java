package io.nereid.server.openapi;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.server.protocol.ApiCategory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Writes the operations of one model: those that run it, with its tensors. A model's name stands in tags, summaries and
 * addresses only, which are shown as text, and never in a description, which may have markup.
 *
 * @param model what is described
 * @param security what restricted calls need
 */
record ModelPaths(ModelDescription model, Security security) {
    private static final String UNRESERVED = "-._~";

    /** Writes the group of a model's operations. */
    static void writeTag(JsonGenerator json, ModelDescription model) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", model.name());
        json.writeStringField("description",
                (model.versioned() ? "Newest version " : "Version ") + model.version() + ".");
        json.writeEndObject();
    }

    /** Writes them as members of the description's paths. */
    void write(JsonGenerator json) throws IOException {
        String path = "/v2/models/" + encoded(model.name());
        if (model.newest()) {
            write(json, path, model.name());
        }
        if (model.versioned()) {
            write(json, path + "/versions/" + model.version(), model.name() + ", version " + model.version());
        }
    }

    private void write(JsonGenerator json, String path, String name) throws IOException {
        if (!model.decoupled()) { // needs a route with any number of responses
            writePost(json, path + "/infer", "Run " + name, new InferOperation(model));
        }
        GenerateOperation generate = new GenerateOperation(model);
        if (generate.isPossible() && !model.decoupled()) {
            writePost(json, path + "/generate", "Run " + name + " with flat JSON", generate);
        }
        if (generate.isPossible()) {
            writePost(json, path + "/generate_stream", "Run " + name + " with flat JSON, answered as events",
                    generate.asEvents());
        }
    }

    /** What differs from operation to operation. */
    interface Operation {
        /** Writes description, parameters, body and responses as members. */
        void write(JsonGenerator json) throws IOException;
    }

    private void writePost(JsonGenerator json, String path, String summary, Operation operation) throws IOException {
        json.writeObjectFieldStart(path);
        json.writeObjectFieldStart("post");
        json.writeArrayFieldStart("tags");
        json.writeString(model.name());
        json.writeEndArray();
        json.writeStringField("summary", summary);
        security.write(json, ApiCategory.INFERENCE);
        operation.write(json);
        json.writeEndObject();
        json.writeEndObject();
    }

    /** A name as a segment of a path. */
    private static String encoded(String name) {
        StringBuilder out = new StringBuilder();
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xFF);
            boolean plain = c < 128 && (Character.isLetterOrDigit(c) || UNRESERVED.indexOf(c) >= 0);
            out.append(plain ? String.valueOf(c) : "%%%02X".formatted((int) c));
        }
        return out.toString();
    }
}
