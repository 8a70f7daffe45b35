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
        Routes.Match match;
        try {
            match = routes.find(exchange.target());
        } catch (IllegalArgumentException _) {
            match = null; // a percent escape that is none
        }
        if (match == null) {
            refuse(exchange, HttpResponseStatus.NOT_FOUND, "Not Found");
        } else if (isClosedTo(exchange, match.endpoint().category())) {
            refuseRestricted(exchange, match.endpoint().category());
        } else if (!match.endpoint().accepts(exchange.method())) {
            refuse(exchange, HttpResponseStatus.METHOD_NOT_ALLOWED, "Method Not Allowed");
        } else {
            switch (match.endpoint()) {
                case Endpoint.Deferred endpoint -> endpoint.handle(exchange, match.path());
                case Endpoint.Immediate endpoint -> answer(exchange, endpoint, match.path());
                case Endpoint.Slow endpoint -> answerInTime(exchange, endpoint, match.path());
            }
        }
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

    @Override
    public TensorAllocator memoryFor(HttpRequest head, TensorAllocator otherwise) {
        Routes.Match match;
        try {
            match = routes.find(head.uri());
        } catch (IllegalArgumentException _) {
            return otherwise; // a percent escape that is none: handle() says so
        }
        return match != null && match.endpoint() instanceof Endpoint.Deferred endpoint
                ? endpoint.memoryFor(match.path(), otherwise)
                : otherwise;
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
