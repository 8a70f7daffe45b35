package io.nereid.server.openapi;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.inference.DataType;
import io.nereid.inference.Shape;
import io.nereid.server.protocol.TensorSpec;

import java.io.IOException;
import java.util.List;

/**
 * Writes the JSON schemas of tensors.
 *
 * @param maxBatchSize the most rows of a request; 0 for a model whose shapes have no batch dimension
 */
record TensorSchema(int maxBatchSize) {
    private static final String COMPONENT = "#/components/schemas/";

    /** Whether elements of that type can be written as JSON. */
    static boolean isJson(DataType type) {
        return type != DataType.FP16 && type != DataType.BF16;
    }

    /** Writes a reference to what is shared, as an object. */
    static void writeReference(JsonGenerator json, String schema) throws IOException {
        json.writeStartObject();
        json.writeStringField("$ref", COMPONENT + schema);
        json.writeEndObject();
    }

    /** Writes the member {@code inputs} or {@code outputs} of an object: a list of these tensors. */
    void writeTensors(JsonGenerator json, String member, List<TensorSpec> tensors, String parameters)
            throws IOException {
        json.writeObjectFieldStart(member);
        json.writeStringField("type", "array");
        json.writeNumberField("minItems", tensors.stream().filter(tensor -> !tensor.optional()).count());
        json.writeNumberField("maxItems", tensors.size());
        if (tensors.size() == 1) {
            json.writeFieldName("items");
            writeTensor(json, tensors.getFirst(), parameters);
        } else if (!tensors.isEmpty()) {
            json.writeObjectFieldStart("items");
            json.writeArrayFieldStart("oneOf");
            for (TensorSpec tensor : tensors) {
                writeTensor(json, tensor, parameters);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private void writeTensor(JsonGenerator json, TensorSpec tensor, String parameters) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", "object");
        json.writeStringField("title", tensor.name());
        json.writeArrayFieldStart("required");
        json.writeString("name");
        json.writeString("shape");
        json.writeString("datatype");
        json.writeEndArray();
        json.writeObjectFieldStart("properties");
        writeConstant(json, "name", tensor.name());
        writeShape(json, tensor.shape());
        writeConstant(json, "datatype", tensor.dataType().name());
        json.writeFieldName("parameters");
        writeReference(json, parameters);
        if (isJson(tensor.dataType())) {
            json.writeFieldName("data");
            writeReference(json, "Data" + tensor.dataType());
        }
        json.writeEndObject();
        json.writeEndObject();
    }

    /** Writes a member that has this one value. */
    static void writeConstant(JsonGenerator json, String member, String value) throws IOException {
        json.writeObjectFieldStart(member);
        json.writeStringField("const", value);
        json.writeEndObject();
    }

    private void writeShape(JsonGenerator json, Shape shape) throws IOException {
        json.writeObjectFieldStart("shape");
        json.writeStringField("type", "array");
        json.writeNumberField("minItems", shape.rank());
        json.writeNumberField("maxItems", shape.rank());
        if (shape.rank() > 0) {
            json.writeArrayFieldStart("prefixItems");
            for (int i = 0; i < shape.rank(); i++) {
                writeDimension(json, shape.dim(i), i == 0 && maxBatchSize > 0);
            }
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    private void writeDimension(JsonGenerator json, long dim, boolean isBatch) throws IOException {
        json.writeStartObject();
        if (dim != Shape.ANY) {
            json.writeNumberField("const", dim);
        } else {
            json.writeStringField("type", "integer");
            json.writeNumberField("minimum", isBatch ? 1 : 0);
        }
        if (isBatch) {
            json.writeNumberField("maximum", maxBatchSize);
            json.writeStringField("description", "The batch.");
        }
        json.writeEndObject();
    }
}
