package io.nereid.server.http;

import io.nereid.inference.TensorAllocator;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpHandler;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.http.connection.HttpReply.Header;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Answers an allowed page of another server so that its browser lets it read the answer, as the fetch standard asks.
 * Credentials are never allowed: the server knows none that a browser sends by itself.
 *
 * @param next what answers the request
 * @param lines what the answer says besides
 */
record CrossOriginHandler(HttpHandler next, List<Header> lines) implements HttpHandler {
    private static final Header READABLE = new Header("Access-Control-Expose-Headers", "*");
    private static final Header BY_ORIGIN = new Header("Vary", "Origin");
    /** A star does not stand for Authorization. */
    private static final List<Header> OF_PREFLIGHT = List.of(
            new Header("Access-Control-Allow-Methods", "GET, HEAD, POST"),
            new Header("Access-Control-Allow-Headers", "*, Authorization"),
            new Header("Access-Control-Max-Age", "600"));

    /**
     * What handles a request of an allowed page.
     *
     * @param page its origin; null where all are allowed
     */
    static HttpHandler of(HttpRequest head, HttpHandler next, @Nullable Origin page) {
        String allowed = page == null ? "*" : page.toString();
        List<Header> lines = List.of(new Header("Access-Control-Allow-Origin", allowed), BY_ORIGIN, READABLE);
        boolean asksFirst = head.method().equals(HttpMethod.OPTIONS)
                && head.headers().contains(HttpHeaderNames.ACCESS_CONTROL_REQUEST_METHOD);
        return new CrossOriginHandler(asksFirst ? CrossOriginHandler::agree : next, lines);
    }

    /** Answers the question that a browser asks before it sends the request itself. */
    private static void agree(HttpExchange exchange) {
        exchange.body().release();
        exchange.reply(HttpReply.empty(HttpResponseStatus.OK, HttpReply.TEXT).withHeaders(OF_PREFLIGHT));
    }

    @Override
    public void handle(HttpExchange exchange) {
        exchange.answerWith(lines);
        next.handle(exchange);
    }

    @Override
    public TensorAllocator bodyMemory(TensorAllocator otherwise) {
        return next.bodyMemory(otherwise);
    }
}
