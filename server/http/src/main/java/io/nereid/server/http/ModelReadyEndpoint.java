package io.nereid.server.http;

import io.nereid.inference.InferenceException;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.protocol.ApiCategory;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;

/** Whether a model is ready: a status, with a text only where it is not; the model itself may have to be asked. */
record ModelReadyEndpoint(ModelCatalog models) implements Endpoint.Slow {
    @Override
    public ApiCategory category() {
        return ApiCategory.HEALTH;
    }

    @Override
    public HttpMethod method() {
        return HttpMethod.GET;
    }

    @Override
    public HttpReply answer(HttpExchange exchange, ModelPath path) {
        try {
            models.awaitReady(path.model(), path.version());
            return HttpReply.empty(HttpResponseStatus.OK, HttpReply.TEXT);
        } catch (InferenceException e) {
            return ErrorReply.of(exchange, e);
        }
    }
}
