package io.nereid.server.http;

import io.nereid.inference.InferenceException;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.model.DescribedModel;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.protocol.ApiCategory;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;

/** {@code /v2/models/M[/versions/V]/config}: the configuration a model runs with. */
record ModelConfigEndpoint(ModelCatalog models) implements Endpoint.Slow {
    @Override
    public ApiCategory category() {
        return ApiCategory.MODEL_CONFIG;
    }

    @Override
    public HttpMethod method() {
        return HttpMethod.GET;
    }

    @Override
    public HttpReply answer(HttpExchange exchange, ModelPath path) throws InferenceException {
        DescribedModel model = models.describe(path.model(), path.version());
        return HttpReply.of(HttpResponseStatus.OK, HttpReply.JSON,
                ByteBufUtil.writeUtf8(exchange.allocator(), model.config().toJson()));
    }
}
