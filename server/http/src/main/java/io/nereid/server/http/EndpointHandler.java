package io.nereid.server.http;

import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpHandler;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.protocol.Restrictions;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles the requests of one endpoint: whether the client may call it, whether the method is its own, on which thread
 * it runs, and what its errors become. Immutable; called on event loops.
 */
public final class EndpointHandler implements HttpHandler {
    private static final Logger LOG = LoggerFactory.getLogger(EndpointHandler.class);

    private final Endpoint endpoint;
    private final ModelPath path;
    private final Restrictions restrictions;

    /**
     * A handler.
     *
     * @param path the model that the request names
     * @param restrictions which categories only some clients may call
     */
    public EndpointHandler(Endpoint endpoint, ModelPath path, Restrictions restrictions) {
        this.endpoint = endpoint;
        this.path = path;
        this.restrictions = restrictions;
    }

    @Override
    public void handle(HttpExchange exchange) {
        Restrictions.Requirement unmet = unmet(exchange);
        if (unmet != null) {
            refuse(exchange, HttpResponseStatus.FORBIDDEN,
                    "This API is restricted, expecting header '" + unmet.header() + "'");
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

    private Restrictions.@Nullable Requirement unmet(HttpExchange exchange) {
        Restrictions.Requirement unmet = unmet(exchange, endpoint.category());
        for (ApiCategory category : endpoint.alsoOf()) {
            unmet = unmet == null ? unmet(exchange, category) : unmet;
        }
        return unmet;
    }

    private Restrictions.@Nullable Requirement unmet(HttpExchange exchange, ApiCategory category) {
        Restrictions.Requirement requirement = restrictions.of(category);
        return requirement == null || requirement.isMetBy(exchange.headers().get(requirement.header()))
                ? null
                : requirement;
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

    /** Answers with an error instead of asking an endpoint; gives the request's body back. */
    static void refuse(HttpExchange exchange, HttpResponseStatus status, String text) {
        exchange.body().release();
        exchange.reply(ErrorReply.of(exchange, status, text));
    }
}
