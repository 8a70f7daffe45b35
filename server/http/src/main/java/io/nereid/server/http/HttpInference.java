package io.nereid.server.http;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.inference.AdmittedRequest;
import io.nereid.server.observation.Observation;

import java.util.function.Supplier;

/**
 * An inference request that came by HTTP and was let in. It ends by exactly one of {@link #answer}, {@link #refuse},
 * {@link #fail} and {@link #drop}.
 */
record HttpInference(HttpExchange exchange, AdmittedRequest admitted, InferenceCodec codec) {

    /** Sends the answer that the codec made. */
    void answer(HttpReply reply) {
        admitted.finish();
        sending(reply);
        codec.send(exchange, holding(reply));
    }

    /** Answers a request that no model took on. */
    void refuse(InferenceException error) {
        admitted.finish();
        HttpReply reply = orLeave(() -> codec.refusal(exchange, error));
        failed(error);
        sending(reply);
        exchange.reply(holding(reply));
    }

    /** Answers with the failure of a request that a model took on. */
    void fail(InferenceException error) {
        admitted.finish();
        HttpReply reply = orLeave(() -> codec.failure(exchange, error));
        failed(error);
        sending(reply);
        codec.send(exchange, holding(reply));
    }

    /** Gives a request up that nobody waits for. */
    void drop() {
        admitted.finish();
        if (admitted.observation() != null) {
            failed(new InferenceException(ErrorCode.CANCELLED, "the client went away"));
        }
        untilSent().release();
    }

    /** Says to whoever observes the request that its client is told of a failure. */
    void failed(InferenceException error) {
        Observation observation = admitted.observation();
        if (observation != null) {
            observation.failed(error);
        }
    }

    /** Says to whoever observes the request that this, or this part of it, is its answer. */
    void sending(HttpReply reply) {
        Observation observation = admitted.observation();
        if (observation != null) {
            observation.status(reply.status().code());
            observation.sending(reply.contentLength());
        }
    }

    /** What the request holds until all of its answer has gone, or was dropped. */
    Lease untilSent() {
        Observation observation = admitted.observation();
        return observation == null ? admitted.ticket() : () -> {
            admitted.ticket().release();
            observation.end();
        };
    }

    private HttpReply holding(HttpReply reply) {
        admitted.ticket().answers(reply.bytesHeld());
        return reply.with(untilSent());
    }

    /** Even where there is no memory left for an error, the request must not count for ever. */
    private HttpReply orLeave(Supplier<HttpReply> error) {
        try {
            return error.get();
        } catch (RuntimeException | Error e) {
            untilSent().release();
            throw e;
        }
    }
}
