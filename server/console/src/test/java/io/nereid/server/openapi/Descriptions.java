package io.nereid.server.openapi;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.nereid.inference.DataType;
import io.nereid.inference.Shape;
import io.nereid.server.protocol.ModelSignature;
import io.nereid.server.protocol.TensorSpec;

import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import java.util.Set;

/** Models that tests describe, and what is written of them. */
final class Descriptions {
    static final ObjectMapper JSON = new ObjectMapper();

    private Descriptions() {}

    static TensorSpec tensor(String name, DataType type, long... shape) {
        return new TensorSpec(name, type, Shape.of(shape), false, List.of());
    }

    static TensorSpec optional(String name, DataType type, long... shape) {
        return new TensorSpec(name, type, Shape.of(shape), true, List.of());
    }

    /** A model of one version with {@code OUT} as its output. */
    static ModelDescription model(int maxBatchSize, TensorSpec... inputs) {
        ModelSignature signature = new ModelSignature("m", "identity", maxBatchSize, List.of(inputs),
                List.of(tensor("OUT", DataType.FP32, -1)));
        return new ModelDescription("m", 1, true, false, signature, false, SequenceId.NONE, Set.of());
    }

    interface Writing {
        void to(JsonGenerator json) throws IOException;
    }

    /** What is written as members of an object. */
    static JsonNode members(Writing writing) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            writing.to(json);
            json.writeEndObject();
        }
        return JSON.readTree(text.toString());
    }
}
