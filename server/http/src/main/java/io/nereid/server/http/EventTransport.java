package io.nereid.server.http;

import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.inference.InferenceCall;
import io.nereid.server.inference.ResponseWindow;

/** An inference request whose responses go to the client one by one as events, any number of them. */
final class EventTransport extends ExchangeTransport {
    private final GenerateCodec events;
    /** Whether the head of the answer is sent, and with it the status. */
    private boolean started;

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
        call.sending(reply.status().code(), reply.contentLength());
        Lease charge = encodedCharge();
        Lease waits = call.waits(reply.bytesHeld(), last);
        Lease taken = () -> {
            charge.release();
            waits.release();
        };
        Lease partTaken = last ? Lease.NONE : taken;
        if (started) {
            exchange().send(reply.body(), partTaken);
        } else {
            started = true;
            exchange().startStream(reply.with(partTaken));
        }
        if (last) {
            exchange().endStream(taken);
        }
    }

    @Override
    public void fail(InferenceCall call, InferenceException error, boolean last) {
        send(call, events.failure(exchange(), error), last);
    }

    /** The answer to a request without any response is a stream without events. */
    @Override
    public void end(InferenceCall call) {
        if (!started) {
            started = true;
            HttpReply empty = events.empty();
            call.sending(empty.status().code(), 0);
            exchange().startStream(empty);
        }
        exchange().endStream(call::close);
    }
}
