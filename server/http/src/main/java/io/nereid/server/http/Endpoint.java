package io.nereid.server.http;

import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.protocol.ApiCategory;
import io.netty.handler.codec.http.HttpMethod;

import java.util.List;

/**
 * What answers the requests of one route. Called on event loops, and never blocks one. An {@link EndpointHandler} asks
 * it.
 */
public sealed interface Endpoint {
    /** The group of calls it belongs to, which may be restricted. */
    ApiCategory category();

    /** Further groups that it tells something of: whoever may not call these may not call it either. */
    default List<ApiCategory> alsoOf() {
        return List.of();
    }

    /** The route's method, the first one where it has several. */
    HttpMethod method();

    /** Whether it answers requests of that method. */
    default boolean accepts(HttpMethod asked) {
        return asked.equals(method());
    }

    /** Answers at once, from what is in memory. */
    non-sealed interface Immediate extends Endpoint {
        /**
         * The answer; the handler gives the request's body back.
         *
         * @throws InferenceException becomes an error reply
         */
        HttpReply answer(HttpExchange exchange, ModelPath path) throws InferenceException;
    }

    /** Answers when something has been done that takes its time, on a virtual thread. */
    non-sealed interface Slow extends Endpoint {
        /**
         * The answer; may block. The handler gives the request's body back.
         *
         * @throws InferenceException becomes an error reply
         */
        HttpReply answer(HttpExchange exchange, ModelPath path) throws InferenceException;
    }

    /** Answers when a model has run. */
    non-sealed interface Deferred extends Endpoint {
        /** Sees to the answer in every case, errors included, and owns the request's body. */
        void handle(HttpExchange exchange, ModelPath path);

        /** Where that model wants its inputs; {@code otherwise} if there is no such model. */
        TensorAllocator memoryFor(ModelPath path, TensorAllocator otherwise);
    }
}
