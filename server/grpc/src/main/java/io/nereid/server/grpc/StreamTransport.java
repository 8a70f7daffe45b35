package io.nereid.server.grpc;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.grpc.codec.EncodedMessage;
import io.nereid.server.grpc.codec.InferResponseEncoder;
import io.nereid.server.grpc.codec.InferResponseEncoder.Answered;
import io.nereid.server.grpc.codec.ReceivedRequest;
import io.nereid.server.inference.InferenceCall;
import io.nereid.server.inference.InferenceService;
import io.nereid.server.inference.InferenceTransport;
import io.nereid.server.inference.RequestIdentity;
import io.nereid.server.ledger.Account;
import io.nereid.server.ledger.Charge;
import io.nereid.server.ledger.Resource;
import io.nereid.server.model.ServedModel;
import io.nereid.server.protocol.ClientRequest;
import org.jspecify.annotations.Nullable;

import java.util.Objects;
import java.util.concurrent.Executor;

/**
 * One request of a stream, from its message to its last response. Handed from thread to thread by its call; cancelled
 * by any.
 */
final class StreamTransport extends StreamQueue.Entry implements InferenceTransport<StreamQueue.Response> {
    private final StreamCall stream;
    private final StreamQueue queue;
    private final InferenceService service;
    private final RequestMessage message;
    /** Null until it is served; cancelled by any thread. */
    private volatile @Nullable InferenceCall call;
    /** The model that it waits for, or has waited for; empty for none. Guarded by the lock of the stream. */
    String awaited = "";
    /** Whom responses answer. */
    private Answered answered = new Answered("", "", "");
    /** Whether the request has its place in the queue. */
    private boolean queued;
    private boolean decoupled;
    private boolean emptyFinal;

    StreamTransport(StreamCall stream, StreamQueue queue, InferenceService service, RequestMessage message) {
        this.stream = stream;
        this.queue = queue;
        this.service = service;
        this.message = message;
    }

    /** Reads the request and sees to its answer. */
    void serve(@Nullable GrpcArrival arrival) {
        InferenceCall begins = service.call(this, arrival);
        call = begins;
        begins.serve();
    }

    // The request

    @Override
    public Account account() {
        return stream.account();
    }

    @Override
    public long bytes() {
        return message.bytes();
    }

    @Override
    public @Nullable RequestIdentity asked() {
        return message.asked();
    }

    @Override
    public RequestIdentity identity() {
        return message.identity();
    }

    @Override
    public @Nullable InferenceException unsupported(ModelConfig config) {
        decoupled = config.decoupled();
        return null;
    }

    @Override
    public long workToRead() {
        return message.workToRead();
    }

    @Override
    public long read(InferenceCall admission) throws InferenceException {
        return message.read(admission);
    }

    @Override
    public ClientRequest complete() throws InferenceException {
        ModelHandle<ServedModel> model = Objects.requireNonNull(call).model();
        ReceivedRequest received = message.complete(model.model());
        emptyFinal = received.emptyFinal();
        answered = new Answered(model.name(), Long.toString(model.version()), identity().id());
        begin(!decoupled);
        return received.request();
    }

    /** @param ordered whether responses wait for those to the requests before this one */
    private void begin(boolean ordered) {
        if (!queued) {
            queued = true;
            queue.begin(this, ordered);
        } else if (!ordered) {
            queue.giveUpPlace(this);
        }
    }

    @Override
    public void discard() {
        message.discard();
    }

    /** Its responses keep their place until it is known whether its model is decoupled. */
    void holdPlace() {
        begin(true);
    }

    @Override
    public void awaitsModel(String model) {
        holdPlace();
        stream.awaitsModel(this, model);
    }

    @Override
    public void hasRead() {
        stream.hasRead(this);
    }

    // The answer

    @Override
    public boolean isStream() {
        return decoupled;
    }

    @Override
    public Executor executor() {
        return CALLER;
    }

    /** The stream writes; here only the head of the message is made. */
    @Override
    public long workToWrite(InferenceResponse response) {
        return 0;
    }

    @Override
    public StreamQueue.Response encode(InferenceCall answers, InferenceResponse response, boolean last)
            throws InferenceException {
        EncodedMessage message = InferResponseEncoder.streamed(answered, response, last);
        Charge charge = new Charge(answers.account(), Resource.NATIVE);
        charge.add(StreamQueue.OVERHEAD_BYTES + message.length());
        Lease memory = response.memory();
        return new StreamQueue.Response(this, message, message.holding(() -> {
            memory.release();
            charge.release();
        }));
    }

    @Override
    public void send(InferenceCall answers, StreamQueue.Response response, boolean last) {
        add(answers, response);
        goOn(last);
    }

    /** The empty message that says so, to a client that has asked for it. */
    @Override
    public void end(InferenceCall answers) {
        if (emptyFinal) {
            add(answers, new StreamQueue.Response(this, InferResponseEncoder.emptyFinal(asAsked()), Lease.NONE));
        }
        goOn(true);
    }

    /** Whom a message without outputs answers: its version is as the request had it. */
    private Answered asAsked() {
        return new Answered(answered.modelName(), identity().version(), answered.requestId());
    }

    @Override
    public void refuse(InferenceCall answers, InferenceException error) {
        begin(true);
        send(answers, error, InferResponseEncoder.refusal(identity().id(), error.text()));
        goOn(true);
    }

    @Override
    public void fail(InferenceCall answers, InferenceException error, boolean last) {
        send(answers, error, InferResponseEncoder.failure(asAsked(), error.text(), last));
        goOn(last);
    }

    /** Ends the stream with the error if the client asked for that, or else sends the message that says it. */
    private void send(InferenceCall answers, InferenceException error, EncodedMessage text) {
        if (stream.errorsEndIt()) {
            stream.fail(error);
        } else {
            add(answers, new StreamQueue.Response(this, text, Lease.NONE));
        }
    }

    private void add(InferenceCall answers, StreamQueue.Response response) {
        answers.sending(0, response.message().length());
        queue.add(response);
    }

    private void goOn(boolean last) {
        if (last) {
            queue.end(this);
            stream.send();
        } else {
            stream.send();
            queue.awaitSpace(this);
        }
    }

    // What the queue says

    @Override
    void cancel() {
        InferenceCall begun = call;
        if (begun != null) { // else the thread that begins it finds its stream closed
            begun.cancel();
        }
    }

    @Override
    void waiting(long waitingBytes) {
        Objects.requireNonNull(call).waiting(waitingBytes);
    }

    @Override
    void settled() {
        Objects.requireNonNull(call).close();
    }
}
