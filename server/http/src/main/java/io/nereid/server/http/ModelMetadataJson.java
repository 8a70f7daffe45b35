package io.nereid.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.server.protocol.ModelSignature;
import io.nereid.server.protocol.TensorSpec;

import java.io.IOException;
import java.util.List;

/** Writes what a model takes and gives, as the protocol has it. */
public final class ModelMetadataJson {
    private ModelMetadataJson() {}

    /** Writes the object that the protocol calls a model's metadata, of these ready versions. */
    public static void write(JsonGenerator json, ModelSignature model, List<Long> versions) throws IOException {
        json.writeStartObject();
        json.writeStringField("name", model.model());
        json.writeArrayFieldStart("versions");
        for (long version : versions) {
            json.writeString(Long.toString(version));
        }
        json.writeEndArray();
        json.writeStringField("platform", model.platform());
        writeTensors(json, "inputs", model.inputs());
        writeTensors(json, "outputs", model.outputs());
        json.writeEndObject();
    }

    private static void writeTensors(JsonGenerator json, String field, List<TensorSpec> tensors) throws IOException {
        json.writeArrayFieldStart(field);
        for (TensorSpec tensor : tensors) {
            json.writeStartObject();
            json.writeStringField("name", tensor.name());
            json.writeStringField("datatype", tensor.dataType().name());
            json.writeFieldName("shape");
            long[] dims = tensor.shape().toArray();
            json.writeArray(dims, 0, dims.length);
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
