package io.nereid.server.http;

import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.model.ServedModel;
import io.nereid.server.protocol.ApiCategory;
import io.netty.handler.codec.http.HttpMethod;

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
            return JsonReply.of(exchange, json -> ModelMetadataJson.write(json, model.model().signature(), versions));
        } finally {
            model.release();
        }
    }
}
