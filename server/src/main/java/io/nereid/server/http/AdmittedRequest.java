package io.nereid.server.http;

import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.model.ServedModel;
import io.nereid.server.protocol.Admission;

import java.util.function.Supplier;

/**
 * An inference request that was let in, and what it holds until its answer is written: its model until the answer is made,
 * its ticket until the answer is written or dropped. It ends by exactly one of {@link #answer}, {@link #refuse},
 * {@link #fail} and {@link #drop}.
 */
record AdmittedRequest(HttpExchange exchange, ModelHandle<ServedModel> model, InferenceCodec codec,
        Admission.Ticket ticket) {

    /** Sends the answer that the codec made. */
    void answer(HttpReply reply) {
        model.release();
        codec.send(exchange, holding(reply));
    }

    /** Answers a request that no model took on. */
    void refuse(InferenceException error) {
        model.release();
        exchange.reply(holding(orLeave(() -> codec.refusal(exchange, error))));
    }

    /** Answers with the failure of a request that a model took on. */
    void fail(InferenceException error) {
        model.release();
        codec.send(exchange, holding(orLeave(() -> codec.failure(exchange, error))));
    }

    /** Gives a request up that nobody waits for. */
    void drop() {
        model.release();
        ticket.release();
    }

    private HttpReply holding(HttpReply reply) {
        ticket.answers(reply.bytesHeld());
        return reply.with(ticket);
    }

    /** Even where there is no memory left for an error, the request must not count for ever. */
    private HttpReply orLeave(Supplier<HttpReply> error) {
        try {
            return error.get();
        } catch (RuntimeException | Error e) {
            ticket.release();
            throw e;
        }
    }
}
