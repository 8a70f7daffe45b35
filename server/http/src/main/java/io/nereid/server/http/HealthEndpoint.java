package io.nereid.server.http;

import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.protocol.ApiCategory;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;

import java.util.function.Predicate;

/** Whether the server lives, or is ready: a status without a body. */
record HealthEndpoint(ModelCatalog models, Predicate<ModelCatalog> healthy) implements Endpoint.Immediate {
    /** {@code /v2/health/live}: the process answers, and its start has not failed. */
    static HealthEndpoint live(ModelCatalog models) {
        return new HealthEndpoint(models, ModelCatalog::isLive);
    }

    /** {@code /v2/health/ready}: every model is ready, or what strictness asks for. */
    static HealthEndpoint ready(ModelCatalog models) {
        return new HealthEndpoint(models, ModelCatalog::isReady);
    }

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
        if (models.isStopping()) {
            return ErrorReply.of(exchange, HttpResponseStatus.SERVICE_UNAVAILABLE, "Server exiting");
        }
        boolean ok = healthy.test(models);
        return HttpReply.empty(ok ? HttpResponseStatus.OK : HttpResponseStatus.BAD_REQUEST, HttpReply.TEXT);
    }
}
