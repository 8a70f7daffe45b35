package io.nereid.server.http;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.protocol.OneAtATime;
import io.netty.handler.codec.http.HttpMethod;

import java.util.List;

/**
 * Has an endpoint whose answers grow with the number of models give one after the other, on virtual threads: however
 * many ask, they keep one processor, no event loop, and nobody who asks for something else. Where very many wait one
 * more is sent away; a client that goes while it waits costs nothing. Thread-safe.
 */
public final class InTurns implements Endpoint.Slow {
    private final Slow endpoint;
    private final OneAtATime turns = OneAtATime.forAllModels();

    /** @param endpoint asked by one thread at a time */
    public InTurns(Slow endpoint) {
        this.endpoint = endpoint;
    }

    @Override
    public ApiCategory category() {
        return endpoint.category();
    }

    @Override
    public List<ApiCategory> alsoOf() {
        return endpoint.alsoOf();
    }

    @Override
    public HttpMethod method() {
        return endpoint.method();
    }

    @Override
    public boolean accepts(HttpMethod asked) {
        return endpoint.accepts(asked);
    }

    @Override
    public HttpReply answer(HttpExchange exchange, ModelPath path) throws InferenceException {
        return turns.call(() -> {
            if (exchange.isAbandoned()) {
                throw new InferenceException(ErrorCode.CANCELLED, "the client has gone");
            }
            return endpoint.answer(exchange, path);
        });
    }
}
