package io.nereid.server.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.model.ServedModel;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.protocol.ModelSignature;
import io.nereid.server.protocol.TensorSpec;
import io.netty.handler.codec.http.HttpMethod;

import java.io.IOException;
import java.util.List;

/** {@code /v2/models/M[/versions/V]}: a model's versions and its inputs and outputs. */
record ModelMetadataEndpoint(ModelCatalog models) implements Endpoint.Immediate {
    @Override
    public ApiCategory category() {
        return ApiCategory.METADATA;
    }

    @Override
    public HttpMethod method() {
        return HttpMethod.GET;
    }

    @Override
    public HttpReply answer(HttpExchange exchange, ModelPath path) throws InferenceException {
        ModelHandle<ServedModel> model = models.acquire(path.model(), path.version());
        try {
            List<Long> versions = path.version().isEmpty() ? models.readyVersions(path.model())
                    : List.of(model.version());
            return JsonReply.of(exchange, json -> write(json, model.model().signature(), versions));
        } finally {
            model.release();
        }
    }

    private static void write(JsonGenerator json, ModelSignature model, List<Long> versions) throws IOException {
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
