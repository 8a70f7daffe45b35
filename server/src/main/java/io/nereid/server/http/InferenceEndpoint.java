package io.nereid.server.http;

import io.nereid.inference.Cancellation;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.model.ServedModel;
import io.nereid.server.protocol.Admission;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.RequestValidator;
import io.nereid.statistics.Rejection;
import io.netty.handler.codec.http.HttpMethod;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /v2/models/M[/versions/V]/infer}, {@code generate} and {@code generate_stream}: the request is let in, read, held
 * against the model and queued on the event loop; {@link PendingInference} sees to the answer. If the client goes away
 * before that, the request is given up.
 */
record InferenceEndpoint(ModelCatalog models, InferenceCodec codec, CodecThreads threads, Admission admission)
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
        Admission.Ticket ticket;
        try {
            ticket = admission.admit(exchange.body().segment().byteSize());
        } catch (InferenceException e) {
            exchange.body().release();
            model.model().statistics().recordRejection(Rejection.OVERLOAD);
            model.release();
            exchange.reply(codec.refusal(exchange, e));
            return;
        }
        AdmittedRequest admitted = new AdmittedRequest(exchange, model, codec, ticket);
        threads.executor(codec.bytesToRead(exchange), Runnable::run).execute(() -> serve(admitted));
    }

    /** On the event loop, or beside it for a long request. */
    private void serve(AdmittedRequest admitted) {
        if (admitted.exchange().isAbandoned()) {
            admitted.model().model().statistics().recordRejection(Rejection.CANCELLED);
            admitted.exchange().body().release();
            admitted.drop();
            return;
        }
        try {
            submit(admitted, read(admitted));
        } catch (InferenceException e) {
            admitted.refuse(e);
        } catch (RuntimeException | Error e) { // unanswered, the client would wait for ever
            LOG.error("a request to {} could not be read", admitted.model(), e);
            admitted.refuse(InferenceException.ofDefect(e));
        }
    }

    private ClientRequest read(AdmittedRequest admitted) throws InferenceException {
        try {
            return codec.read(admitted.exchange(), admitted.model().model());
        } catch (InferenceException | RuntimeException | Error e) {
            admitted.exchange().body().release();
            throw e;
        }
    }

    private void submit(AdmittedRequest admitted, ClientRequest request) throws InferenceException {
        ServedModel model = admitted.model().model();
        Cancellation cancellation;
        try {
            cancellation = model.enqueue(RequestValidator.validate(model.signature(), request),
                    new PendingInference(admitted, request, threads));
        } catch (InferenceException | RuntimeException | Error e) {
            request.memory().release();
            throw e;
        }
        admitted.exchange().whenAbandoned(cancellation::cancel);
    }
}
