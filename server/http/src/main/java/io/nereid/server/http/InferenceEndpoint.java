package io.nereid.server.http;

import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.http.codec.ReadRequest;
import io.nereid.server.http.connection.HttpExchange;
import io.nereid.server.http.connection.HttpReply;
import io.nereid.server.inference.AdmittedRequest;
import io.nereid.server.inference.CodecThreads;
import io.nereid.server.inference.InferenceService;
import io.nereid.server.model.ServedModel;
import io.nereid.server.observation.Observation;
import io.nereid.server.observation.Observers;
import io.nereid.server.protocol.ApiCategory;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.statistics.Rejection;
import io.netty.handler.codec.http.HttpMethod;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /v2/models/M[/versions/V]/infer}, {@code generate} and {@code generate_stream}: the request is let in, read,
 * held against the model and queued on the event loop, or beside it where there is much to be read or copied; a {@link
 * PendingAnswer} sees to the answer. If the client goes away before that, the request is given up.
 */
record InferenceEndpoint(InferenceService service, InferenceCodec codec, CodecThreads threads, Observers observers)
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
        exchange.giveUpWithoutClient();
        HttpArrival arrival = observers.isOn() ? new HttpArrival(exchange, observers.nanoTime()) : null;
        ModelHandle<ServedModel> model;
        try {
            model = service.acquire(path.model(), path.version());
        } catch (InferenceException e) {
            refuse(exchange, path, arrival, e, ErrorReply.of(exchange, e));
            return;
        }
        InferenceException objection = codec.objection(model.model().config());
        if (objection != null) {
            model.model().statistics().recordRejection(Rejection.UNSUPPORTED);
            model.release();
            refuse(exchange, path, arrival, objection, ErrorReply.of(exchange, objection));
            return;
        }
        AdmittedRequest admitted;
        Observation observation = arrival == null ? null : observers.begin(model.name(), model.version(), arrival);
        try {
            admitted = service.admit(model, exchange.body().segment().byteSize(), observation);
        } catch (InferenceException e) {
            exchange.body().release();
            exchange.reply(observed(codec.refusal(exchange, e), e, observation));
            return;
        }
        HttpInference inference = new HttpInference(exchange, admitted, codec);
        threads.executor(codec.bytesToRead(exchange), Runnable::run).execute(() -> serve(inference));
    }

    @Override
    public TensorAllocator memoryFor(ModelPath path, TensorAllocator otherwise) {
        try {
            ModelHandle<ServedModel> model = service.models().acquire(path.model(), path.version());
            TensorAllocator wanted = model.model().inputMemory().allocator();
            model.release();
            return wanted;
        } catch (InferenceException _) {
            return otherwise; // handle() says so when the body is here
        }
    }

    private void refuse(HttpExchange exchange, ModelPath path, @Nullable HttpArrival arrival, InferenceException error,
            HttpReply reply) {
        if (arrival != null) {
            observers.refused("", path.model(), path.version(), arrival, error, reply.status().code());
        }
        exchange.body().release();
        exchange.reply(reply);
    }

    private static HttpReply observed(HttpReply reply, InferenceException error, @Nullable Observation observation) {
        if (observation == null) {
            return reply;
        }
        observation.failed(error);
        observation.status(reply.status().code());
        observation.sending(reply.contentLength());
        return reply.with(observation::end);
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
                    .execute(() -> orRefuse(inference,
                            () -> submit(inference, inference.admitted().reading(request::complete))));
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
            AdmittedRequest admitted = inference.admitted();
            return admitted.reading(() -> codec.read(inference.exchange(), admitted.model().model()));
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
