package io.nereid.server.http;

import io.nereid.server.http.connection.HttpHandler;
import io.nereid.server.protocol.Restrictions;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;

import java.util.function.BooleanSupplier;

/** The v2 protocol's own port: every request goes to the endpoint of its path. Runs on event loops. */
final class ProtocolRouter extends Router {
    private final Routes routes;
    private final Restrictions restrictions;

    ProtocolRouter(Routes routes, Restrictions restrictions, BooleanSupplier wantsTimes) {
        super(wantsTimes, JsonLength.IN_A_HEADER);
        this.routes = routes;
        this.restrictions = restrictions;
    }

    @Override
    public HttpHandler route(HttpRequest head) {
        EndpointHandler found = routes.handler(head.uri(), restrictions);
        return found == null
                ? exchange -> EndpointHandler.refuse(exchange, HttpResponseStatus.NOT_FOUND, "Not Found")
                : found;
    }
}
