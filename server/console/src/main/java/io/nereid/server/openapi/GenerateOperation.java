package io.nereid.server.openapi;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.server.protocol.ModelSignature;
import io.nereid.server.protocol.TensorSpec;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * {@code generate} and {@code generate_stream} of one model: its tensors as members of a flat object.
 *
 * @param model what is described
 * @param events whether responses are answered as events
 */
record GenerateOperation(ModelDescription model, boolean events) implements ModelPaths.Operation {
    /** An input of this name could not be told from the object that holds parameters. */
    private static final String RESERVED = "parameters";
    private static final Set<String> OF_ANSWER = Set.of("id", "model_name", "model_version");

    GenerateOperation(ModelDescription model) {
        this(model, false);
    }

    GenerateOperation asEvents() {
        return new GenerateOperation(model, true);
    }

    /** Whether the model can be asked so: what is no JSON cannot be sent, and neither can the id of a sequence. */
    boolean isPossible() {
        ModelSignature signature = model.signature();
        return model.sequence() == SequenceId.NONE && signature.input(RESERVED) == null
                && Stream.concat(signature.inputs().stream(), signature.outputs().stream())
                        .allMatch(tensor -> TensorSchema.isJson(tensor.dataType()));
    }

    @Override
    public void write(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("requestBody");
        json.writeBooleanField("required", true);
        json.writeObjectFieldStart("content");
        json.writeObjectFieldStart("application/json");
        json.writeObjectFieldStart("schema");
        writeSchema(json);
        json.writeEndObject();
        writeExample(json);
        json.writeEndObject();
        json.writeEndObject();
        json.writeEndObject();
        writeResponses(json);
    }

    private void writeSchema(JsonGenerator json) throws IOException {
        List<TensorSpec> inputs = model.signature().inputs();
        json.writeStringField("type", "object");
        json.writeArrayFieldStart("required");
        for (TensorSpec input : inputs) {
            if (!input.optional()) {
                json.writeString(input.name());
            }
        }
        json.writeEndArray();
        json.writeObjectFieldStart("properties");
        writeMembers(json, inputs, Set.of());
        json.writeEndObject();
        json.writeBooleanField("additionalProperties", true);
    }

    private static void writeMembers(JsonGenerator json, List<TensorSpec> tensors, Set<String> but)
            throws IOException {
        for (TensorSpec tensor : tensors) {
            if (!but.contains(tensor.name())) {
                json.writeFieldName(tensor.name());
                TensorSchema.writeReference(json, "Elements" + tensor.dataType());
            }
        }
    }

    private void writeExample(JsonGenerator json) throws IOException {
        ExampleTensors example = ExampleTensors.of(model);
        if (!example.isShown()) {
            return;
        }
        json.writeObjectFieldStart("example");
        for (TensorSpec input : example.inputs()) {
            json.writeFieldName(input.name());
            example.writeElements(json, input);
        }
        json.writeEndObject();
    }

    private void writeResponses(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("responses");
        json.writeObjectFieldStart("200");
        json.writeStringField("description", events ? "Server-sent events, each with one response as JSON."
                : "The outputs by their names.");
        json.writeObjectFieldStart("content");
        json.writeObjectFieldStart(events ? "text/event-stream" : "application/json");
        json.writeObjectFieldStart("schema");
        if (events) {
            json.writeStringField("type", "string");
        } else {
            writeAnswer(json);
        }
        json.writeEndObject();
        json.writeEndObject();
        json.writeEndObject();
        json.writeEndObject();
        InferOperation.writeError(json);
        json.writeEndObject();
    }

    private void writeAnswer(JsonGenerator json) throws IOException {
        json.writeStringField("type", "object");
        json.writeObjectFieldStart("properties");
        TensorSchema.writeConstant(json, "model_name", model.name());
        json.writeObjectFieldStart("model_version");
        json.writeStringField("type", "string");
        json.writeEndObject();
        writeMembers(json, model.signature().outputs(), OF_ANSWER);
        json.writeEndObject();
        json.writeBooleanField("additionalProperties", true);
    }
}
