package io.nereid.server.http;

import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.model.ServedModel;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.RequestValidator;
import io.netty.handler.codec.http.HttpMethod;

/**
 * {@code /v2/models/M[/versions/V]/infer}, {@code generate} and {@code generate_stream}: the request is read, held against
 * the model and queued on the event loop; {@link PendingInference} sees to the answer.
 */
record InferenceEndpoint(ModelCatalog models, InferenceCodec codec) implements Endpoint.Deferred {
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
        try {
            submit(exchange, model, read(exchange, model));
        } catch (InferenceException e) {
            model.release();
            codec.refuse(exchange, e);
        } catch (RuntimeException e) {
            model.release();
            throw e;
        }
    }

    private ClientRequest read(HttpExchange exchange, ModelHandle<ServedModel> model) throws InferenceException {
        try {
            return codec.read(exchange, model.model());
        } catch (InferenceException | RuntimeException e) {
            exchange.body().release();
            throw e;
        }
    }

    private void submit(HttpExchange exchange, ModelHandle<ServedModel> model, ClientRequest request)
            throws InferenceException {
        try {
            model.model().enqueue(RequestValidator.validate(model.model().signature(), request),
                    new PendingInference(exchange, model, request, codec));
        } catch (InferenceException | RuntimeException e) {
            request.memory().release();
            throw e;
        }
    }
}
