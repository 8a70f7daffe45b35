package io.nereid.server.http;

import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpHandler;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.protocol.Restrictions;
import io.netty.handler.codec.http.HttpMethod;
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
    private final ErrorForm errors;
    private final @Nullable HttpMethod method;

    /**
     * A handler.
     *
     * @param path the model that the request names
     * @param restrictions which categories only some clients may call
     */
    public EndpointHandler(Endpoint endpoint, ModelPath path, Restrictions restrictions) {
        this(endpoint, path, restrictions, ErrorForm.PROTOCOL);
    }

    /**
     * A handler.
     *
     * @param path the model that the request names
     * @param restrictions which categories only some clients may call
     * @param errors what its errors look like
     */
    public EndpointHandler(Endpoint endpoint, ModelPath path, Restrictions restrictions, ErrorForm errors) {
        this(endpoint, path, restrictions, errors, null);
    }

    private EndpointHandler(Endpoint endpoint, ModelPath path, Restrictions restrictions, ErrorForm errors,
            @Nullable HttpMethod method) {
        this.endpoint = endpoint;
        this.path = path;
        this.restrictions = restrictions;
        this.errors = errors;
        this.method = method;
    }

    /** The same for a port whose clients call every endpoint by that one method. */
    public EndpointHandler calledBy(HttpMethod only) {
        return new EndpointHandler(endpoint, path, restrictions, errors, only);
    }

    /** The group of calls that its endpoint belongs to. */
    public ApiCategory category() {
        return endpoint.category();
    }

    @Override
    public void handle(HttpExchange exchange) {
        Restrictions.Requirement unmet = unmet(exchange);
        if (unmet != null) {
            refuse(exchange, errors.restricted(exchange, unmet.header()));
        } else if (!accepts(exchange.method())) {
            refuse(exchange, errors.of(exchange, HttpResponseStatus.METHOD_NOT_ALLOWED, "Method Not Allowed"));
        } else {
            switch (endpoint) {
                case Endpoint.Deferred deferred -> deferred.handle(exchange, path);
                case Endpoint.Immediate immediate -> answer(exchange, immediate);
                case Endpoint.Slow slow -> answerInTime(exchange, slow);
            }
        }
    }

    @Override
    public TensorAllocator bodyMemory(TensorAllocator otherwise) {
        return endpoint instanceof Endpoint.Deferred deferred ? deferred.memoryFor(path, otherwise) : otherwise;
    }

    private boolean accepts(HttpMethod asked) {
        return method == null ? endpoint.accepts(asked) : asked.equals(method);
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

    private void answer(HttpExchange exchange, Endpoint.Immediate endpoint) {
        HttpReply reply;
        try {
            reply = endpoint.answer(exchange, path);
        } catch (InferenceException e) {
            reply = errors.of(exchange, e);
        } catch (RuntimeException e) {
            exchange.body().release();
            throw e;
        }
        exchange.body().release();
        exchange.reply(reply);
    }

    private void answerInTime(HttpExchange exchange, Endpoint.Slow endpoint) {
        Thread.startVirtualThread(() -> exchange.reply(outcome(exchange, endpoint)));
    }

    private HttpReply outcome(HttpExchange exchange, Endpoint.Slow endpoint) {
        try {
            return endpoint.answer(exchange, path);
        } catch (InferenceException e) {
            return errors.of(exchange, e);
        } catch (RuntimeException | Error e) { // unanswered, the client would wait for ever
            LOG.error("{} failed", exchange.target(), e);
            return errors.of(exchange, InferenceException.ofInternalError(e));
        } finally {
            exchange.body().release();
        }
    }

    /** Answers with an error instead of asking an endpoint; gives the request's body back. */
    public static void refuse(HttpExchange exchange, HttpResponseStatus status, String text) {
        refuse(exchange, ErrorReply.of(exchange, status, text));
    }

    private static void refuse(HttpExchange exchange, HttpReply reply) {
        exchange.body().release();
        exchange.reply(reply);
    }
}
