package io.nereid.server.http;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.model.ServedModel;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.RequestValidator;
import io.netty.handler.codec.http.HttpMethod;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /v2/models/M[/versions/V]/infer}, {@code generate} and {@code generate_stream}: the request is read, held against
 * the model and queued on the event loop; {@link PendingInference} sees to the answer.
 */
record InferenceEndpoint(ModelCatalog models, InferenceCodec codec, CodecThreads threads)
        implements
            Endpoint.Deferred {
    private static final Logger LOG = LoggerFactory.getLogger(InferenceEndpoint.class);

    @Override
    public HttpMethod method() {
        return HttpMethod.POST;
    }

    @Override
    public void handle(HttpExchange exchange, ModelPath path) {
        ModelHandle<ServedModel> model;
        try {
            model = models.acquire(path.model(), path.version());
        } catch (InferenceException e) {
            exchange.body().release();
            exchange.reply(ErrorReply.of(exchange, e, HttpReply.TEXT));
            return;
        }
        threads.executor(codec.bytesToRead(exchange), Runnable::run).execute(() -> serve(exchange, model));
    }

    /** On the event loop, or beside it for a long request. */
    private void serve(HttpExchange exchange, ModelHandle<ServedModel> model) {
        try {
            submit(exchange, model, read(exchange, model));
        } catch (InferenceException e) {
            model.release();
            codec.refuse(exchange, e);
        } catch (RuntimeException | Error e) { // unanswered, the client would wait for ever
            model.release();
            LOG.error("a request to {} could not be read", model, e);
            codec.refuse(exchange, new InferenceException(ErrorCode.INTERNAL,
                    "internal error: " + e.getClass().getSimpleName()));
        }
    }

    private ClientRequest read(HttpExchange exchange, ModelHandle<ServedModel> model) throws InferenceException {
        try {
            return codec.read(exchange, model.model());
        } catch (InferenceException | RuntimeException | Error e) {
            exchange.body().release();
            throw e;
        }
    }

    private void submit(HttpExchange exchange, ModelHandle<ServedModel> model, ClientRequest request)
            throws InferenceException {
        try {
            model.model().enqueue(RequestValidator.validate(model.model().signature(), request),
                    new PendingInference(exchange, model, request, codec, threads));
        } catch (InferenceException | RuntimeException | Error e) {
            request.memory().release();
            throw e;
        }
    }
}
