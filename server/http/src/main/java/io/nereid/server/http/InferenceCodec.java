package io.nereid.server.http;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.server.http.codec.ReadRequest;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.inference.AdmittedRequest;
import io.nereid.server.inference.CodecThreads;
import io.nereid.server.model.ServedModel;
import io.nereid.server.protocol.ClientRequest;
import org.jspecify.annotations.Nullable;

/** How one kind of inference route reads requests and writes answers. Runs on event loops and {@link CodecThreads}; thread-safe. */
interface InferenceCodec {
    /** Bytes of text or of compressed data that {@link #read} has to work through. */
    long bytesToRead(HttpExchange exchange);

    /**
     * Bytes of tensors that {@link #answer} has to turn into text or to compress; of what it only copies to shared memory the
     * part that takes as long.
     */
    long bytesToWrite(HttpExchange exchange, ClientRequest request, InferenceResponse response);

    /**
     * The request in the exchange's body, which is the request's from here on; it is still to be completed.
     *
     * @throws InferenceException if there is none; the body is still the exchange's
     */
    ReadRequest read(HttpExchange exchange, ServedModel model) throws InferenceException;

    /**
     * The answer with a model's response, which is the reply's from here on; {@link #send} sends it.
     *
     * @throws InferenceException if it cannot be written; whatever is thrown, the response is released then
     */
    HttpReply answer(HttpExchange exchange, AdmittedRequest admitted, ClientRequest request,
            InferenceResponse response)
            throws InferenceException;

    /** The answer to a request that was not let in, could not be read, or does not fit its model; a plain reply. */
    default HttpReply refusal(HttpExchange exchange, InferenceException error) {
        return ErrorReply.of(exchange, error);
    }

    /** The failure of a request that a model took on; {@link #send} sends it. */
    default HttpReply failure(HttpExchange exchange, InferenceException error) {
        return ErrorReply.of(exchange, error);
    }

    /** Why this route cannot serve a model of that configuration at all; null where it can. */
    default @Nullable InferenceException objection(ModelConfig config) {
        return null;
    }

    /** What hears the model's responses to a request that was read, and answers with them the way this route does. */
    PendingAnswer pending(HttpInference inference, ClientRequest request, CodecThreads threads);

    /** Sends an answer or a failure the way this route does. */
    default void send(HttpExchange exchange, HttpReply reply) {
        exchange.reply(reply);
    }
}
