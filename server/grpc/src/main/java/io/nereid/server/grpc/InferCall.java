package io.nereid.server.grpc;

import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.InputMemory;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.Tensor;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.grpc.codec.EncodedMessage;
import io.nereid.server.grpc.codec.InferRequestParser;
import io.nereid.server.grpc.codec.InferResponseEncoder;
import io.nereid.server.inference.AdmittedRequest;
import io.nereid.server.inference.LateCancellation;
import io.nereid.server.model.ServedModel;
import io.nereid.server.observation.Observation;
import io.nereid.server.observation.Protocol;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.statistics.Rejection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.SocketAddress;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One ModelInfer: a request, and its response or status. gRPC tells it of the call one event after the other, on an
 * event loop; the model's answer comes on an instance thread, which writes it. Both may happen at once only when the
 * client gives up while the answer is made.
 */
final class InferCall extends ServerCall.Listener<ReceivedMessage> implements ResponseListener, InferenceCall {
    private static final Logger LOG = LoggerFactory.getLogger(InferCall.class);

    private final CallContext context;
    private final ServerCall<ReceivedMessage, EncodedMessage> call;
    private final Metadata metadata;
    private final InferenceCalls calls;
    /** Whether the request has come, or does not any more. */
    private final AtomicBoolean begun = new AtomicBoolean();
    private final @Nullable SocketAddress client;
    private @Nullable AdmittedRequest admitted;
    private InferResponseEncoder.@Nullable Answered answered;
    /** The call has ended, and the request has: then it does not count any longer as in flight. */
    private final AtomicInteger endsMissing = new AtomicInteger(2);
    private final LateCancellation cancellation = new LateCancellation();
    private Map<String, ParameterValue> forwarded = Map.of();
    private volatile boolean closed;
    private final long waitNanos;
    /** Null where nobody wants to know about it; so for the next one. */
    private @Nullable GrpcArrival arrival;
    private @Nullable Observation observation;
    private String asked = "";
    private String askedId = "";
    private String askedVersion = "";
    /** Whether a model was asked for; if it refuses the request, that is counted there. */
    private boolean entered;

    InferCall(CallContext context, ServerCall<ReceivedMessage, EncodedMessage> call, Metadata metadata,
            InferenceCalls calls) {
        this.context = context;
        this.call = call;
        this.metadata = metadata;
        this.calls = calls;
        this.client = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
        UnfinishedMessages.whenRefused(this::refuseUnlessBegun);
        this.waitNanos = context.arrivalNanos();
        call.request(1);
    }

    // What the client does

    /** The request runs as soon as it is here: whoever never ends the call after it holds nothing up. */
    @Override
    public void onMessage(ReceivedMessage received) {
        if (!begun.compareAndSet(false, true)) {
            received.close();
            return;
        }
        calls.began(this);
        if (waitNanos != 0) {
            arrival = new GrpcArrival(Protocol.GRPC, call, metadata, waitNanos, context.observers().nanoTime(),
                    received.length());
        }
        context.readers(received.length()).execute(() -> serve(received));
    }

    @Override
    public void onHalfClose() {
        if (begun.compareAndSet(false, true)) {
            context.service().refused().recordMalformed();
            refuse(new InferenceException(ErrorCode.INVALID_ARG, "the call ended before its request"));
        }
    }

    private void refuseUnlessBegun(InferenceException error) {
        if (begun.compareAndSet(false, true)) {
            refuse(error);
        }
    }

    @Override
    public void onCancel() {
        cancellation.cancel();
        end();
    }

    @Override
    public void onComplete() {
        end();
    }

    // The request

    private void serve(ReceivedMessage received) {
        orRefuse(() -> {
            InferRequestParser parser = read(received);
            context.readers(parser.bytesToCopy()).execute(() -> orRefuse(() -> submit(complete(parser))));
        });
    }

    private interface Step {
        void run() throws InferenceException;
    }

    private void orRefuse(Step step) {
        try {
            step.run();
        } catch (InferenceException e) {
            refuse(e);
        } catch (RuntimeException | Error e) { // unanswered, the client would wait for ever
            LOG.error("a request to {} could not be read", admitted == null ? "a model" : admitted.model(), e);
            refuse(InferenceException.ofDefect(e));
        }
    }

    private InferRequestParser read(ReceivedMessage received) throws InferenceException {
        InferRequestParser parser = context.parser();
        try (received) {
            received.check();
            forwarded = context.forwarded(metadata);
            parser.read(received, received.length(), (model, version) -> enter(model, version, received.length()));
            return parser;
        } catch (InferenceException e) {
            unread(parser.id(), e);
            throw e;
        }
    }

    private void unread(String id, InferenceException error) {
        askedId = id;
        if (observation != null) {
            observation.named(id);
        }
        if (admitted != null) {
            admitted.recordUnread(error);
        } else if (!entered) {
            context.service().refused().recordMalformed();
        }
    }

    private InputMemory enter(String model, String version, long bytes) throws InferenceException {
        asked = model;
        askedVersion = version;
        entered = true;
        ModelHandle<ServedModel> handle = context.service().acquire(model, version);
        if (handle.model().config().decoupled()) {
            handle.model().statistics().recordRejection(Rejection.UNSUPPORTED);
            handle.release();
            throw new InferenceException(ErrorCode.UNSUPPORTED,
                    "ModelInfer RPC doesn't support models with decoupled transaction policy");
        }
        if (arrival != null) {
            observation = context.observers().begin(handle.name(), handle.version(), arrival);
        }
        admitted = context.service().admit(handle, bytes, observation);
        return handle.model().inputMemory();
    }

    private ClientRequest complete(InferRequestParser parser) throws InferenceException {
        AdmittedRequest request = Objects.requireNonNull(admitted);
        if (observation != null) {
            observation.named(parser.id());
        }
        int mostInputs = request.model().model().signature().inputs().size();
        return request.reading(() -> parser.complete(mostInputs)).request();
    }

    private void submit(ClientRequest asked) throws InferenceException {
        AdmittedRequest request = Objects.requireNonNull(admitted);
        answered = new InferResponseEncoder.Answered(request.model().name(), Long.toString(request.model().version()),
                asked.id());
        cancellation.bind(request.submit(asked.withParameters(forwarded), this));
    }

    private void refuse(InferenceException error) {
        if (observation != null) {
            observation.failed(error);
        } else if (admitted == null && arrival != null) {
            context.observers().refused(askedId, asked, askedVersion, arrival, error, 0);
        }
        close(GrpcStatus.of(error), GrpcStatus.trailers(error));
    }

    // The answer

    @Override
    public void onResponse(InferenceResponse response, boolean last) {
        long bytes = 0;
        for (Tensor output : response.outputs()) {
            bytes += output.byteSize();
        }
        context.writers(bytes).execute(() -> answer(response));
    }

    @Override
    public void onError(InferenceException error) {
        refuse(error);
    }

    private void answer(InferenceResponse response) {
        InferenceResponse shaped = response;
        try {
            shaped = Objects.requireNonNull(admitted).shape(response);
            EncodedMessage encoded = InferResponseEncoder.unary(Objects.requireNonNull(answered), shaped);
            Objects.requireNonNull(admitted).ticket().answers(encoded.length());
            if (observation != null) {
                observation.sending(encoded.length());
            }
            if (context.compresses()) {
                call.setCompression(Compressions.GZIP);
            }
            call.sendHeaders(new Metadata());
            call.sendMessage(encoded);
            close(Status.OK, new Metadata());
        } catch (InferenceException e) {
            refuse(e);
        } catch (RuntimeException | Error e) {
            LOG.error("the answer of {} could not be written", Objects.requireNonNull(admitted).model(), e);
            refuse(InferenceException.ofDefect(e));
        } finally {
            shaped.memory().release(); // gRPC has copied it
        }
    }

    /** Ends the call, once; who comes later, as with a failure after the end, changes nothing. */
    private void close(Status status, Metadata trailers) {
        if (closed) {
            return;
        }
        closed = true;
        try {
            AdmittedRequest request = admitted;
            if (request != null) {
                request.finish();
            }
        } finally {
            try {
                call.close(status, trailers);
            } finally {
                end();
            }
        }
    }

    // What those see who wait for its end

    @Override
    public void drain() {
        // It ends with its answer.
    }

    @Override
    public boolean waitsForClient() {
        return closed;
    }

    @Override
    public @Nullable SocketAddress client() {
        return client;
    }

    private void end() {
        if (endsMissing.decrementAndGet() == 0) {
            calls.ended(this);
            AdmittedRequest request = admitted;
            if (request != null) {
                request.ticket().release();
            }
            if (observation != null) {
                observation.end();
            }
        }
    }
}
