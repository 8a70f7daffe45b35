package io.nereid.server.http;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.model.ServedModel;
import io.nereid.server.protocol.ClientRequest;

/** How one kind of inference route reads requests and writes answers. Runs on event loops and {@link CodecThreads}; thread-safe. */
interface InferenceCodec {
    /** Bytes of text or of compressed data that {@link #read} has to work through. */
    long bytesToRead(HttpExchange exchange);

    /** Bytes of tensors that {@link #answer} has to turn into text or to compress. */
    long bytesToWrite(HttpExchange exchange, ClientRequest request, InferenceResponse response);

    /**
     * The request in the exchange's body, which is the request's from here on.
     *
     * @throws InferenceException if there is none; the body is still the exchange's
     */
    ClientRequest read(HttpExchange exchange, ServedModel model) throws InferenceException;

    /**
     * Answers with a model's response, which is the reply's from here on.
     *
     * @throws InferenceException if it cannot be written; nothing is answered then, and the response is released
     */
    void answer(HttpExchange exchange, ModelHandle<ServedModel> model, ClientRequest request,
            InferenceResponse response)
            throws InferenceException;

    /** Answers a request that could not be read, does not fit its model, or finds the model's queue full. */
    default void refuse(HttpExchange exchange, InferenceException error) {
        exchange.reply(ErrorReply.of(exchange, error, HttpReply.JSON));
    }

    /** Answers with the failure of a request that a model took on. */
    default void fail(HttpExchange exchange, InferenceException error) {
        exchange.reply(ErrorReply.of(exchange, error, HttpReply.JSON));
    }
}
