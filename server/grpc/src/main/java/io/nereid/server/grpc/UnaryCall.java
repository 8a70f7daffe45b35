package io.nereid.server.grpc;

import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.Tensor;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.grpc.codec.EncodedMessage;
import io.nereid.server.grpc.codec.InferResponseEncoder;
import io.nereid.server.inference.InferenceCall;
import io.nereid.server.inference.InferenceTransport;
import io.nereid.server.inference.RequestIdentity;
import io.nereid.server.ledger.Account;
import io.nereid.server.ledger.Resource;
import io.nereid.server.model.ServedModel;
import io.nereid.server.observation.Protocol;
import io.nereid.server.protocol.ClientRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.SocketAddress;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One ModelInfer: a request, and its response or status. gRPC reports what its client does, one event after the
 * other, on an event loop; the thread that has the model's response writes it. Both may happen at once only when the
 * client cancels while the response is written.
 */
final class UnaryCall extends ServerCall.Listener<ReceivedMessage>
        implements
            InferenceTransport<UnaryCall.Encoded>,
            OpenCall {
    private static final Logger LOG = LoggerFactory.getLogger(UnaryCall.class);

    private final CallContext context;
    private final ServerCall<ReceivedMessage, EncodedMessage> call;
    private final Metadata metadata;
    private final OpenCalls calls;
    private final @Nullable SocketAddress client;
    /** When the server began to wait for the request; 0 if nobody wants to know. */
    private final long waitNanos;
    /** Whether the request has come, or does not any more. */
    private final AtomicBoolean begun = new AtomicBoolean();
    private volatile boolean closed;
    /** Null until the request has come; so is the next. */
    private @Nullable InferenceCall inference;
    private @Nullable RequestMessage message;

    /**
     * An encoded response.
     *
     * @param message the bytes
     * @param memory what they refer to
     */
    record Encoded(EncodedMessage message, Lease memory) {}

    UnaryCall(CallContext context, ServerCall<ReceivedMessage, EncodedMessage> call, Metadata metadata,
            OpenCalls calls) {
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
        RequestMessage request = new RequestMessage(context, metadata, received);
        message = request;
        GrpcArrival arrival = waitNanos == 0 ? null
                : new GrpcArrival(Protocol.GRPC, call, metadata, waitNanos, context.observers().nanoTime(),
                        request.bytes());
        InferenceCall begins = context.service().call(this, arrival);
        inference = begins;
        begins.serve();
    }

    @Override
    public void onHalfClose() {
        if (begun.compareAndSet(false, true)) {
            context.service().refused().recordMalformed();
            close(new InferenceException(ErrorCode.INVALID_ARG, "the call ended before its request"));
        }
    }

    private void refuseUnlessBegun(InferenceException error) {
        if (begun.compareAndSet(false, true)) {
            close(error);
        }
    }

    @Override
    public void onCancel() {
        closeInference();
    }

    @Override
    public void onComplete() {
        closeInference();
    }

    private void closeInference() {
        InferenceCall begins = inference;
        if (begins != null) {
            begins.close();
        }
    }

    // The request

    @Override
    public Account account() {
        return ConnectionAccounts.of(call.getAttributes());
    }

    private RequestMessage message() {
        return Objects.requireNonNull(message);
    }

    @Override
    public long bytes() {
        return message().bytes();
    }

    @Override
    public @Nullable RequestIdentity asked() {
        return message().asked();
    }

    @Override
    public RequestIdentity identity() {
        return message().identity();
    }

    @Override
    public @Nullable InferenceException unsupported(ModelConfig config) {
        return !config.decoupled() ? null
                : new InferenceException(ErrorCode.UNSUPPORTED,
                        "ModelInfer RPC doesn't support models with decoupled transaction policy");
    }

    @Override
    public long workToRead() {
        return message().workToRead();
    }

    @Override
    public long read(InferenceCall admission) throws InferenceException {
        return message().read(admission);
    }

    @Override
    public ClientRequest complete() throws InferenceException {
        return message().complete(Objects.requireNonNull(inference).model().model()).request();
    }

    @Override
    public void discard() {
        message().discard();
    }

    // The answer

    @Override
    public boolean isStream() {
        return false;
    }

    @Override
    public Executor executor() {
        return CALLER;
    }

    @Override
    public long workToWrite(InferenceResponse response) {
        long all = 0;
        for (Tensor output : response.outputs()) {
            all += output.byteSize();
        }
        return context.workToWrite(all);
    }

    @Override
    public Encoded encode(InferenceCall answered, InferenceResponse response, boolean last) throws InferenceException {
        ModelHandle<ServedModel> model = answered.model();
        EncodedMessage encoded = InferResponseEncoder.unary(new InferResponseEncoder.Answered(model.name(),
                Long.toString(model.version()), identity().id()), response);
        if (encoded.length() > CallContext.FREE_BYTES) {
            answered.account().charge(Resource.NATIVE, encoded.length()); // given back with the call
        }
        return new Encoded(encoded, encoded.holding(response.memory()));
    }

    @Override
    public void send(InferenceCall answered, Encoded response, boolean last) {
        try {
            answered.waiting(response.message.length());
            answered.sending(0, response.message.length());
            if (context.compresses()) {
                call.setCompression(Compressions.GZIP);
            }
            call.sendHeaders(new Metadata());
            call.sendMessage(response.message);
            close(Status.OK, new Metadata());
        } catch (RuntimeException | Error e) { // unanswered, the client would wait for ever
            LOG.error("a response to a request could not be sent", e);
            close(InferenceException.ofInternalError(e));
        } finally {
            response.memory.release(); // what is not written yet is retained
        }
    }

    @Override
    public void end(InferenceCall answered) {
        throw new IllegalStateException("a request with one response ends with it");
    }

    @Override
    public void refuse(InferenceCall answered, InferenceException error) {
        close(error);
    }

    @Override
    public void fail(InferenceCall answered, InferenceException error, boolean last) {
        close(error);
    }

    private void close(InferenceException error) {
        close(GrpcStatus.of(error), GrpcStatus.trailers(error));
    }

    /** Ends the call, once; an error after the end changes nothing. */
    private void close(Status status, Metadata trailers) {
        if (!closed) {
            closed = true;
            call.close(status, trailers);
        }
    }

    // What those see who wait for its end

    @Override
    public void ended() {
        calls.ended(this);
    }

    @Override
    public void drain() {
        // It ends with its answer.
    }

    @Override
    public boolean awaitsTransport() {
        return closed;
    }

    @Override
    public boolean isIdle() {
        return false;
    }

    @Override
    public @Nullable SocketAddress client() {
        return client;
    }
}
