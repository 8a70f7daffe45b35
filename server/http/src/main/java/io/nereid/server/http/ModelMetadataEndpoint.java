package io.nereid.server.http;

import io.nereid.inference.InferenceException;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.model.DescribedModel;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.protocol.ApiCategory;
import io.netty.handler.codec.http.HttpMethod;

/** {@code /v2/models/M[/versions/V]}: a model's versions and its inputs and outputs. */
record ModelMetadataEndpoint(ModelCatalog models) implements Endpoint.Slow {
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
        DescribedModel model = models.describe(path.model(), path.version());
        return JsonReply.of(exchange, json -> ModelMetadataJson.write(json, model.signature(), model.versions()));
    }
}
