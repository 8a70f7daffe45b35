package io.nereid.server.console;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.console.calls.CallTarget;
import io.nereid.server.console.calls.Calls;
import io.nereid.server.http.ModelMetadataJson;
import io.nereid.server.http.ModelPath;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.model.ServedModel;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.protocol.ModelSignature;
import io.nereid.server.protocol.TensorSpec;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * {@code /console/api/models/M/versions/V/description}: what a version takes and gives, its configuration with what
 * was filled in, and calls of it to copy.
 */
record DescriptionEndpoint(ConsoleSources sources, Versions versions) implements ConsoleEndpoint {
    @Override
    public List<ApiCategory> alsoOf() {
        return List.of(ApiCategory.METADATA, ApiCategory.MODEL_CONFIG);
    }

    @Override
    public HttpReply answer(HttpExchange exchange, ModelPath path) throws InferenceException {
        versions.entry(path);
        ModelHandle<ServedModel> handle = sources.models().acquire(path.model(), path.version());
        try {
            CallTarget target = sources.ports().target(exchange, path);
            return ConsoleReply.of(exchange, json -> write(json, handle, target));
        } finally {
            handle.release();
        }
    }

    private static void write(JsonGenerator json, ModelHandle<ServedModel> handle, CallTarget target)
            throws IOException {
        ModelConfig config = handle.model().config();
        ModelSignature signature = handle.model().signature();
        json.writeStartObject();
        json.writeFieldName("metadata");
        ModelMetadataJson.write(json, signature, List.of(handle.version()));
        json.writeFieldName("config");
        json.writeRawValue(config.toJson());
        json.writeArrayFieldStart("filled_in");
        for (String path : config.filledIn()) {
            json.writeString(path);
        }
        json.writeEndArray();
        writeLabels(json, signature);
        json.writeObjectFieldStart("calls");
        for (Map.Entry<String, String> call : Calls.of(target, signature, config).entrySet()) {
            json.writeStringField(call.getKey(), call.getValue());
        }
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void writeLabels(JsonGenerator json, ModelSignature signature) throws IOException {
        json.writeObjectFieldStart("labels");
        for (TensorSpec output : signature.outputs()) {
            if (!output.labels().isEmpty()) {
                json.writeArrayFieldStart(output.name());
                for (String label : output.labels()) {
                    json.writeString(label);
                }
                json.writeEndArray();
            }
        }
        json.writeEndObject();
    }
}
