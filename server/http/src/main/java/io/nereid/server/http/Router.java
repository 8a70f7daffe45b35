package io.nereid.server.http;

import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpHandler;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.protocol.Restrictions;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Objects;
import java.util.function.BooleanSupplier;

/** Sends every request to the endpoint of its route. Runs on event loops. */
final class Router implements HttpHandler {
    private static final Logger LOG = LoggerFactory.getLogger(Router.class);

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
                ? exchange -> refuse(exchange, HttpResponseStatus.NOT_FOUND, "Not Found")
                : new Routed(match);
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

    /** A request whose endpoint is known. */
    private final class Routed implements HttpHandler {
        private final Endpoint endpoint;
        private final ModelPath path;

        Routed(Routes.Match match) {
            this.endpoint = match.endpoint();
            this.path = match.path();
        }

        @Override
        public void handle(HttpExchange exchange) {
            if (isClosedTo(exchange, endpoint.category())) {
                refuseRestricted(exchange, endpoint.category());
            } else if (!endpoint.accepts(exchange.method())) {
                refuse(exchange, HttpResponseStatus.METHOD_NOT_ALLOWED, "Method Not Allowed");
            } else {
                switch (endpoint) {
                    case Endpoint.Deferred deferred -> deferred.handle(exchange, path);
                    case Endpoint.Immediate immediate -> answer(exchange, immediate, path);
                    case Endpoint.Slow slow -> answerInTime(exchange, slow, path);
                }
            }
        }

        @Override
        public TensorAllocator bodyMemory(TensorAllocator otherwise) {
            return endpoint instanceof Endpoint.Deferred deferred ? deferred.memoryFor(path, otherwise) : otherwise;
        }
    }

    private static void answer(HttpExchange exchange, Endpoint.Immediate endpoint, ModelPath path) {
        HttpReply reply;
        try {
            reply = endpoint.answer(exchange, path);
        } catch (InferenceException e) {
            reply = ErrorReply.of(exchange, e);
        } catch (RuntimeException e) {
            exchange.body().release();
            throw e;
        }
        exchange.body().release();
        exchange.reply(reply);
    }

    private static void answerInTime(HttpExchange exchange, Endpoint.Slow endpoint, ModelPath path) {
        Thread.startVirtualThread(() -> exchange.reply(outcome(exchange, endpoint, path)));
    }

    private static HttpReply outcome(HttpExchange exchange, Endpoint.Slow endpoint, ModelPath path) {
        try {
            return endpoint.answer(exchange, path);
        } catch (InferenceException e) {
            return ErrorReply.of(exchange, e);
        } catch (RuntimeException | Error e) { // unanswered, the client would wait for ever
            LOG.error("{} failed", exchange.target(), e);
            return ErrorReply.of(exchange, InferenceException.ofInternalError(e));
        } finally {
            exchange.body().release();
        }
    }

    private boolean isClosedTo(HttpExchange exchange, ApiCategory category) {
        Restrictions.Requirement requirement = restrictions.of(category);
        return requirement != null && !requirement.isMetBy(exchange.headers().get(requirement.header()));
    }

    private void refuseRestricted(HttpExchange exchange, ApiCategory category) {
        String header = Objects.requireNonNull(restrictions.of(category)).header();
        refuse(exchange, HttpResponseStatus.FORBIDDEN, "This API is restricted, expecting header '" + header + "'");
    }

    private static void refuse(HttpExchange exchange, HttpResponseStatus status, String text) {
        exchange.body().release();
        exchange.reply(ErrorReply.of(exchange, status, text));
    }
}
