package io.nereid.server.http;

import io.nereid.inference.InferenceException;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.inference.AdmittedRequest;

import java.util.function.Supplier;

/**
 * An inference request that came by HTTP and was let in. It ends by exactly one of {@link #answer}, {@link #refuse},
 * {@link #fail} and {@link #drop}.
 */
record HttpInference(HttpExchange exchange, AdmittedRequest admitted, InferenceCodec codec) {

    /** Sends the answer that the codec made. */
    void answer(HttpReply reply) {
        admitted.finish();
        codec.send(exchange, holding(reply));
    }

    /** Answers a request that no model took on. */
    void refuse(InferenceException error) {
        admitted.finish();
        exchange.reply(holding(orLeave(() -> codec.refusal(exchange, error))));
    }

    /** Answers with the failure of a request that a model took on. */
    void fail(InferenceException error) {
        admitted.finish();
        codec.send(exchange, holding(orLeave(() -> codec.failure(exchange, error))));
    }

    /** Gives a request up that nobody waits for. */
    void drop() {
        admitted.finish();
        admitted.ticket().release();
    }

    private HttpReply holding(HttpReply reply) {
        admitted.ticket().answers(reply.bytesHeld());
        return reply.with(admitted.ticket());
    }

    /** Even where there is no memory left for an error, the request must not count for ever. */
    private HttpReply orLeave(Supplier<HttpReply> error) {
        try {
            return error.get();
        } catch (RuntimeException | Error e) {
            admitted.ticket().release();
            throw e;
        }
    }
}
