package io.nereid.server.http;

import io.nereid.inference.Lease;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.inference.InferenceCall;

/** An inference request whose answer may go to the client part by part, as its responses come. */
public abstract class StreamTransport extends ExchangeTransport {
    /** Whether the head of the answer is sent, and with it the status. */
    private boolean started;

    /** One whose request nobody has read. */
    protected StreamTransport(HttpExchange exchange, ModelPath path, RouteCodec codec) {
        super(exchange, path, codec);
    }

    /** Whether a part of the answer was sent. */
    protected final boolean isStarted() {
        return started;
    }

    /**
     * Sends a part of the answer, and its end behind the last one; the first one's status and headers are those of the
     * answer.
     */
    protected final void sendPart(InferenceCall call, HttpReply part, boolean last) {
        call.sending(part.status().code(), part.contentLength());
        Lease charge = encodedCharge();
        Lease waits = call.waits(part.bytesHeld(), last);
        Lease taken = () -> {
            charge.release();
            waits.release();
        };
        Lease partTaken = last ? Lease.NONE : taken;
        if (started) {
            exchange().send(part.body(), partTaken);
        } else {
            started = true;
            exchange().startStream(part.with(partTaken));
        }
        if (last) {
            exchange().endStream(taken);
        }
    }

    /** Ends the answer where nothing is left to be sent; of none, the head is sent. */
    protected final void endStream(InferenceCall call, HttpReply ifEmpty) {
        if (!started) {
            started = true;
            call.sending(ifEmpty.status().code(), 0);
            exchange().startStream(ifEmpty);
        }
        exchange().endStream(call::close);
    }
}
