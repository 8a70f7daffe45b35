package io.nereid.server.http;

import io.nereid.inference.InferenceException;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.inference.InferenceCall;
import io.nereid.server.inference.ResponseWindow;

/** An inference request whose responses go to the client one by one as events, any number of them. */
final class EventTransport extends StreamTransport {
    private final GenerateCodec events;

    EventTransport(HttpExchange exchange, ModelPath path, GenerateCodec events) {
        super(exchange, path, events);
        this.events = events;
    }

    @Override
    public boolean isStream() {
        return true;
    }

    @Override
    public long windowBytes() {
        return ResponseWindow.BYTES;
    }

    @Override
    public void send(InferenceCall call, HttpReply reply, boolean last) {
        sendPart(call, reply, last);
    }

    @Override
    public void fail(InferenceCall call, InferenceException error, boolean last) {
        sendPart(call, events.failure(exchange(), error), last);
    }

    /** The answer to a request without any response is a stream without events. */
    @Override
    public void end(InferenceCall call) {
        endStream(call, events.empty());
    }
}
