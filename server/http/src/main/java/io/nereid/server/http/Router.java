package io.nereid.server.http;

import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpHandler;
import io.nereid.server.protocol.Restrictions;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;

import java.util.function.BooleanSupplier;

/** Sends every request to the endpoint of its route. Runs on event loops. */
final class Router implements HttpHandler {
    private final Routes routes;
    private final Restrictions restrictions;
    private final BooleanSupplier wantsTimes;

    Router(Routes routes, Restrictions restrictions, BooleanSupplier wantsTimes) {
        this.routes = routes;
        this.restrictions = restrictions;
        this.wantsTimes = wantsTimes;
    }

    @Override
    public void handle(HttpExchange exchange) {
        route(exchange.target()).handle(exchange);
    }

    @Override
    public HttpHandler route(HttpRequest head) {
        return route(head.uri());
    }

    private HttpHandler route(String target) {
        Routes.Match match;
        try {
            match = routes.find(target);
        } catch (IllegalArgumentException _) {
            match = null; // a percent escape that is none
        }
        return match == null
                ? exchange -> EndpointHandler.refuse(exchange, HttpResponseStatus.NOT_FOUND, "Not Found")
                : new EndpointHandler(match.endpoint(), match.path(), restrictions);
    }

    @Override
    public boolean wantsTimes() {
        return wantsTimes.getAsBoolean();
    }

    /** The first binary tensor begins where the JSON ends. */
    @Override
    public long alignedOffset(HttpHeaders headers) {
        return Math.max(0, BinaryTensorHeaders.hintOfJsonLength(headers));
    }
}
