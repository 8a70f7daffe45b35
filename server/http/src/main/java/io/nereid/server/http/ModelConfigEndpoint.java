package io.nereid.server.http;

import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.model.ServedModel;
import io.nereid.server.protocol.ApiCategory;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;

/** {@code /v2/models/M[/versions/V]/config}: the configuration a model runs with. */
record ModelConfigEndpoint(ModelCatalog models) implements Endpoint.Immediate {
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
        ModelHandle<ServedModel> model = models.acquire(path.model(), path.version());
        try {
            return HttpReply.of(HttpResponseStatus.OK, HttpReply.JSON,
                    ByteBufUtil.writeUtf8(exchange.allocator(), model.model().config().toJson()));
        } finally {
            model.release();
        }
    }
}
