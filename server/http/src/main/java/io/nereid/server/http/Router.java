package io.nereid.server.http;

import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpHandler;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;

import java.util.function.BooleanSupplier;

/** Sends every request of a port to what answers it, which it finds by the head. Runs on event loops. */
public abstract class Router implements HttpHandler {
    private final BooleanSupplier wantsTimes;
    private final JsonLength jsonLength;

    /** @param service what the port's requests come to */
    protected Router(HttpService service) {
        this(service::isObserved, service.jsonLength());
    }

    Router(BooleanSupplier wantsTimes, JsonLength jsonLength) {
        this.wantsTimes = wantsTimes;
        this.jsonLength = jsonLength;
    }

    /** {@inheritDoc} A head that nothing answers has a handler too: one that says so. */
    @Override
    public abstract HttpHandler route(HttpRequest head);

    @Override
    public final void handle(HttpExchange exchange) {
        route(exchange.head()).handle(exchange);
    }

    @Override
    public final boolean wantsTimes() {
        return wantsTimes.getAsBoolean();
    }

    /** The first binary tensor begins where the JSON ends. */
    @Override
    public final long alignedOffset(HttpHeaders headers) {
        return Math.max(0, jsonLength.hint(headers));
    }
}
