package io.nereid.server.http;

import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.http.codec.ReadRequest;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.inference.AdmittedRequest;
import io.nereid.server.inference.CodecThreads;
import io.nereid.server.inference.InferenceService;
import io.nereid.server.model.ServedModel;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.protocol.ClientRequest;
import io.netty.handler.codec.http.HttpMethod;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /v2/models/M[/versions/V]/infer}, {@code generate} and {@code generate_stream}: the request is let in, read, held
 * against the model and queued on the event loop, or beside it where there is much to be read or copied; a
 * {@link PendingAnswer} sees to the answer. If the client goes away before that, the request is given up.
 */
record InferenceEndpoint(InferenceService service, InferenceCodec codec, CodecThreads threads)
        implements
            Endpoint.Deferred {
    private static final Logger LOG = LoggerFactory.getLogger(InferenceEndpoint.class);

    @Override
    public ApiCategory category() {
        return ApiCategory.INFERENCE;
    }

    @Override
    public HttpMethod method() {
        return HttpMethod.POST;
    }

    @Override
    public void handle(HttpExchange exchange, ModelPath path) {
        ModelHandle<ServedModel> model;
        try {
            model = service.models().acquire(path.model(), path.version());
        } catch (InferenceException e) {
            exchange.body().release();
            exchange.reply(ErrorReply.of(exchange, e, HttpReply.TEXT));
            return;
        }
        InferenceException objection = codec.objection(model.model().config());
        if (objection != null) {
            model.release();
            exchange.body().release();
            exchange.reply(ErrorReply.of(exchange, objection, HttpReply.JSON));
            return;
        }
        AdmittedRequest admitted;
        try {
            admitted = service.admit(model, exchange.body().segment().byteSize());
        } catch (InferenceException e) {
            exchange.body().release();
            exchange.reply(codec.refusal(exchange, e));
            return;
        }
        HttpInference inference = new HttpInference(exchange, admitted, codec);
        threads.executor(codec.bytesToRead(exchange), Runnable::run).execute(() -> serve(inference));
    }

    /** On the event loop, or beside it for a long request. */
    private void serve(HttpInference inference) {
        if (inference.exchange().isAbandoned()) {
            inference.admitted().recordAbandoned();
            inference.exchange().body().release();
            inference.drop();
            return;
        }
        orRefuse(inference, () -> {
            ReadRequest request = read(inference);
            threads.executor(request.bytesToCopy() / CodecThreads.COPIES_PER_TEXT, Runnable::run)
                    .execute(() -> orRefuse(inference, () -> submit(inference, request.complete())));
        });
    }

    private interface Step {
        void run() throws InferenceException;
    }

    private static void orRefuse(HttpInference inference, Step step) {
        try {
            step.run();
        } catch (InferenceException e) {
            inference.refuse(e);
        } catch (RuntimeException | Error e) { // unanswered, the client would wait for ever
            LOG.error("a request to {} could not be read", inference.admitted().model(), e);
            inference.refuse(InferenceException.ofDefect(e));
        }
    }

    private ReadRequest read(HttpInference inference) throws InferenceException {
        try {
            return codec.read(inference.exchange(), inference.admitted().model().model());
        } catch (InferenceException | RuntimeException | Error e) {
            inference.exchange().body().release();
            throw e;
        }
    }

    private void submit(HttpInference inference, ClientRequest request) throws InferenceException {
        PendingAnswer pending = codec.pending(inference, request, threads);
        pending.begun(inference.admitted().submit(request, pending));
    }
}
