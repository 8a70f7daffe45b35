package io.nereid.server.http;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.http.codec.ReadRequest;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.inference.CodecThreads;
import io.nereid.server.inference.InferenceCall;
import io.nereid.server.inference.InferenceTransport;
import io.nereid.server.ledger.Charge;
import io.nereid.server.model.ServedModel;
import io.nereid.server.protocol.ClientRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;

/**
 * How one inference route reads requests and writes answers. Runs on event loops and {@link CodecThreads};
 * thread-safe, or made for one request, which its call hands from thread to thread.
 */
public interface RouteCodec {
    /** Bytes of text or of compressed data that {@link #read} has to work through. */
    long bytesToRead(HttpExchange exchange);

    /**
     * Bytes of tensors that {@link #answer} has to turn into text or to compress; of what it only copies to shared
     * memory the part that takes as long.
     */
    long bytesToWrite(HttpExchange exchange, ClientRequest request, InferenceResponse response);

    /**
     * The request in the exchange's body, which is the request's from here on; it is still to be completed.
     *
     * @param call has the model, and the memory for tensors that do not lie in the body ready to use; of a route whose
     *     address names no model it is still to be admitted
     * @throws InferenceException if there is none; the body is still the exchange's
     */
    ReadRequest read(HttpExchange exchange, InferenceCall call) throws InferenceException;

    /**
     * The answer with a model's response, which is the reply's from here on; {@link #send} sends it.
     *
     * @param charge takes what the reply takes, before it is allocated; it is the caller's
     * @throws InferenceException if it cannot be written; whatever is thrown, the response is still the caller's
     */
    HttpReply answer(HttpExchange exchange, ModelHandle<ServedModel> model, ClientRequest request,
            InferenceResponse response, Charge charge) throws InferenceException;

    /** The error of a request that was refused before it was read; a plain reply. */
    default HttpReply unread(HttpExchange exchange, InferenceException error) {
        return ErrorReply.of(exchange, status(error), error);
    }

    /** The error of a request that could not be read or does not fit its model; a plain reply. */
    default HttpReply refusal(HttpExchange exchange, InferenceException error) {
        return ErrorReply.of(exchange, status(error), error);
    }

    /** The error of a request that a model took on; {@link #send} sends it. */
    default HttpReply failure(HttpExchange exchange, InferenceException error) {
        return ErrorReply.of(exchange, status(error), error);
    }

    /** The status of an error. */
    default HttpResponseStatus status(InferenceException error) {
        return ErrorStatus.OF_PROTOCOL.of(error);
    }

    /** Why this route cannot serve a model of that configuration at all; null where it can. */
    default @Nullable InferenceException unsupported(ModelConfig config) {
        return null;
    }

    /** {@link InferenceTransport#notOneResponse}. */
    default @Nullable InferenceException notOneResponse() {
        return null;
    }

    /** The transport of one request of this route. */
    default ExchangeTransport transport(HttpExchange exchange, ModelPath path) {
        return new ReplyTransport(exchange, path, this);
    }

    /** Sends an answer or an error of a request that a model took on, the way this route does. */
    default void send(HttpExchange exchange, HttpReply reply) {
        exchange.reply(reply);
    }
}
