package io.nereid.server.openapi;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.inference.DataType;
import io.nereid.inference.Shape;
import io.nereid.server.protocol.ModelSignature;
import io.nereid.server.protocol.TensorSpec;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** {@code infer} of one model: its tensors as JSON, its only input as raw bytes, or a photograph. */
final class InferOperation implements ModelPaths.Operation {
    private static final String BINARY = "application/octet-stream";
    private static final List<String> IMAGES = List.of("image/jpeg", "image/png", "image/webp");

    private final ModelDescription model;
    private final ModelSignature signature;
    private final TensorSchema schema;
    private final ExampleTensors example;

    InferOperation(ModelDescription model) {
        this.model = model;
        this.signature = model.signature();
        this.schema = new TensorSchema(signature.maxBatchSize());
        this.example = ExampleTensors.of(model);
    }

    @Override
    public void write(JsonGenerator json) throws IOException {
        json.writeStringField("description", description());
        if (takesRaw()) {
            writeJsonLength(json);
        }
        json.writeObjectFieldStart("requestBody");
        json.writeBooleanField("required", true);
        json.writeObjectFieldStart("content");
        writeBodies(json);
        json.writeEndObject();
        json.writeEndObject();
        writeResponses(json);
    }

    private String description() {
        List<String> sentences = new ArrayList<>();
        sentences.add(signature.batches() ? "A request has 1 to " + signature.maxBatchSize() + " rows."
                : "A request is one execution; shapes have no batch dimension.");
        if (model.sequence() != SequenceId.NONE) {
            sentences.add("Each request belongs to a sequence, which the parameters name, begin and end.");
        }
        if (signature.inputs().stream().anyMatch(input -> !TensorSchema.isJson(input.dataType()))) {
            sentences.add("FP16 and BF16 are sent as binary tensors only.");
        } else if (!example.isShown()) {
            sentences.add("An example would be too long to be shown.");
        }
        return String.join(" ", sentences);
    }

    /** Whether a body may be the bytes of the only input. */
    private boolean takesRaw() {
        if (signature.inputs().size() != 1) {
            return false;
        }
        Shape dims = rowShape();
        if (signature.inputs().getFirst().dataType() == DataType.BYTES) {
            return dims.equals(Shape.of(1));
        }
        return Arrays.stream(dims.toArray()).filter(dim -> dim == Shape.ANY).count() <= 1;
    }

    private static boolean isOpen(Shape dims) {
        return Arrays.stream(dims.toArray()).anyMatch(dim -> dim == Shape.ANY);
    }

    private Shape rowShape() {
        Shape shape = signature.inputs().getFirst().shape();
        return signature.batches() ? shape.tail() : shape;
    }

    private void writeJsonLength(JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("parameters");
        json.writeStartObject();
        json.writeStringField("name", "Inference-Header-Content-Length");
        json.writeStringField("in", "header");
        json.writeStringField("description", "0 for " + BINARY + ", nothing for all else.");
        json.writeObjectFieldStart("schema");
        json.writeStringField("type", "integer");
        if (!example.isShown()) {
            json.writeNumberField("default", 0);
        }
        json.writeEndObject();
        json.writeEndObject();
        json.writeEndArray();
    }

    /** First the one that a page begins with: JSON, where it has an example. */
    private void writeBodies(JsonGenerator json) throws IOException {
        boolean rawFirst = takesRaw() && !example.isShown();
        if (rawFirst) {
            writeRaw(json);
        }
        writeJson(json);
        if (takesRaw() && !rawFirst) {
            writeRaw(json);
        }
        if (signature.inputs().size() == 1 && !model.images().isEmpty()) {
            for (String type : IMAGES) {
                writeBinary(json, type, "A photograph.");
            }
        }
    }

    private void writeRaw(JsonGenerator json) throws IOException {
        DataType type = signature.inputs().getFirst().dataType();
        long bytes = ExampleTensors.elements(rowShape()) * type.byteSize();
        writeBinary(json, BINARY, type == DataType.BYTES ? "The one string of the only input, as it is."
                : "The elements of the only input, " + type + ", little-endian: " + (isOpen(rowShape())
                        ? "a multiple of "
                        : "") + bytes + " bytes.");
    }

    private static void writeBinary(JsonGenerator json, String type, String description) throws IOException {
        json.writeObjectFieldStart(type);
        json.writeObjectFieldStart("schema");
        json.writeStringField("type", "string");
        json.writeStringField("format", "binary");
        json.writeStringField("description", description);
        json.writeEndObject();
        json.writeEndObject();
    }

    private void writeJson(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("application/json");
        json.writeObjectFieldStart("schema");
        json.writeStringField("type", "object");
        json.writeArrayFieldStart("required");
        json.writeString("inputs");
        json.writeEndArray();
        json.writeObjectFieldStart("properties");
        json.writeObjectFieldStart("id");
        json.writeStringField("type", "string");
        json.writeEndObject();
        json.writeFieldName("parameters");
        TensorSchema.writeReference(json, "RequestParameters");
        schema.writeTensors(json, "inputs", signature.inputs(), "InputParameters");
        writeRequestedOutputs(json);
        json.writeEndObject();
        json.writeEndObject();
        if (example.isShown()) {
            json.writeFieldName("example");
            writeExample(json);
        }
        json.writeEndObject();
    }

    private void writeRequestedOutputs(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("outputs");
        json.writeStringField("type", "array");
        json.writeStringField("description", "All where it is left out.");
        json.writeObjectFieldStart("items");
        json.writeStringField("type", "object");
        json.writeArrayFieldStart("required");
        json.writeString("name");
        json.writeEndArray();
        json.writeObjectFieldStart("properties");
        json.writeObjectFieldStart("name");
        json.writeArrayFieldStart("enum");
        for (TensorSpec output : signature.outputs()) {
            json.writeString(output.name());
        }
        json.writeEndArray();
        json.writeEndObject();
        json.writeFieldName("parameters");
        TensorSchema.writeReference(json, "OutputParameters");
        json.writeEndObject();
        json.writeEndObject();
        json.writeEndObject();
    }

    private void writeExample(JsonGenerator json) throws IOException {
        json.writeStartObject();
        if (model.sequence() != SequenceId.NONE) {
            json.writeObjectFieldStart("parameters");
            writeSequenceId(json);
            json.writeBooleanField("sequence_start", true);
            json.writeBooleanField("sequence_end", true);
            json.writeEndObject();
        }
        json.writeFieldName("inputs");
        example.writeInputs(json);
        if (hasBinaryOutputs()) {
            writeExampleOutputs(json);
        }
        json.writeEndObject();
    }

    private void writeSequenceId(JsonGenerator json) throws IOException {
        if (model.sequence() == SequenceId.TEXT) {
            json.writeStringField("sequence_id", "one");
        } else {
            json.writeNumberField("sequence_id", 1);
        }
    }

    private boolean hasBinaryOutputs() {
        return signature.outputs().stream().anyMatch(output -> !TensorSchema.isJson(output.dataType()));
    }

    /** What cannot be answered as JSON is asked for as a binary tensor. */
    private void writeExampleOutputs(JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("outputs");
        for (TensorSpec output : signature.outputs()) {
            json.writeStartObject();
            json.writeStringField("name", output.name());
            json.writeObjectFieldStart("parameters");
            json.writeBooleanField("binary_data", !TensorSchema.isJson(output.dataType()));
            json.writeEndObject();
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void writeResponses(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("responses");
        json.writeObjectFieldStart("200");
        json.writeStringField("description", "The outputs.");
        json.writeObjectFieldStart("content");
        json.writeObjectFieldStart("application/json");
        json.writeObjectFieldStart("schema");
        writeResponseSchema(json);
        json.writeEndObject();
        json.writeEndObject();
        writeBinary(json, BINARY, "JSON, and binary tensors behind it.");
        json.writeEndObject();
        json.writeEndObject();
        writeError(json);
        json.writeEndObject();
    }

    private void writeResponseSchema(JsonGenerator json) throws IOException {
        json.writeStringField("type", "object");
        json.writeArrayFieldStart("required");
        json.writeString("model_name");
        json.writeString("model_version");
        json.writeString("outputs");
        json.writeEndArray();
        json.writeObjectFieldStart("properties");
        json.writeObjectFieldStart("id");
        json.writeStringField("type", "string");
        json.writeEndObject();
        TensorSchema.writeConstant(json, "model_name", model.name());
        json.writeObjectFieldStart("model_version");
        json.writeStringField("type", "string");
        json.writeEndObject();
        json.writeFieldName("parameters");
        TensorSchema.writeReference(json, "Parameters");
        schema.writeTensors(json, "outputs", signature.outputs(), "Parameters");
        json.writeEndObject();
    }

    /** Writes what an operation answers when it does not succeed, as a member of its responses. */
    static void writeError(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("default");
        json.writeStringField("$ref", "#/components/responses/Error");
        json.writeEndObject();
    }
}
