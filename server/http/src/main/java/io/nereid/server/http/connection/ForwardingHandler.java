package io.nereid.server.http.connection;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;

/**
 * A handler in front of another one: it says by {@link #route} which requests it answers itself, and everything else is
 * as the other one has it.
 */
public abstract class ForwardingHandler implements HttpHandler {
    private final HttpHandler next;

    /** In front of {@code next}. */
    protected ForwardingHandler(HttpHandler next) {
        this.next = next;
    }

    /** What answers the requests that are not its own. */
    protected final HttpHandler next() {
        return next;
    }

    @Override
    public abstract HttpHandler route(HttpRequest head);

    @Override
    public final void handle(HttpExchange exchange) {
        route(exchange.head()).handle(exchange);
    }

    @Override
    public final boolean wantsTimes() {
        return next.wantsTimes();
    }

    @Override
    public final long alignedOffset(HttpHeaders headers) {
        return next.alignedOffset(headers);
    }
}
