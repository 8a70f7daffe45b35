package io.nereid.server.http;

import io.nereid.inference.InferenceException;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.inference.InferenceCall;
import org.jspecify.annotations.Nullable;

/** An inference request that is answered by one reply. */
final class ReplyTransport extends ExchangeTransport {
    ReplyTransport(HttpExchange exchange, ModelPath path, RouteCodec codec) {
        super(exchange, path, codec);
    }

    @Override
    public boolean isStream() {
        return false;
    }

    @Override
    public @Nullable InferenceException notOneResponse() {
        return codec().notOneResponse();
    }

    @Override
    public void send(InferenceCall call, HttpReply reply, boolean last) {
        call.sending(reply.status().code(), reply.contentLength());
        codec().send(exchange(), reply.with(call.waits(reply.bytesHeld(), true)));
    }

    @Override
    public void end(InferenceCall call) {
        throw new IllegalStateException("a request with one response ends with it");
    }

    @Override
    public void fail(InferenceCall call, InferenceException error, boolean last) {
        send(call, codec().failure(exchange(), error), true);
    }
}
