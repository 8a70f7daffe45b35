package io.nereid.server.grpc;

import io.grpc.Metadata;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.InputMemory;
import io.nereid.inference.Lease;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.ResponseListener;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.grpc.codec.EncodedMessage;
import io.nereid.server.grpc.codec.InferRequestParser;
import io.nereid.server.grpc.codec.InferResponseEncoder;
import io.nereid.server.grpc.codec.InferResponseEncoder.Answered;
import io.nereid.server.grpc.codec.ReceivedRequest;
import io.nereid.server.inference.AdmittedRequest;
import io.nereid.server.inference.LateCancellation;
import io.nereid.server.model.ServedModel;
import io.nereid.server.observation.Observation;
import io.nereid.server.protocol.ClientRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Map;
import java.util.Objects;

/** One request of a stream, from its message to its last response. Handed from thread to thread; cancelled by any. */
final class StreamedRequest extends StreamQueue.Entry implements ResponseListener {
    private static final Logger LOG = LoggerFactory.getLogger(StreamedRequest.class);

    private final InferStream stream;
    private final StreamQueue queue;
    private final CallContext context;
    private @Nullable AdmittedRequest admitted;
    /** Whom responses answer. */
    private Answered answered = new Answered("", "", "");
    /** Whether a model was asked for; if it refuses the request, that is counted there. */
    private boolean entered;
    private boolean decoupled;
    private boolean emptyFinal;
    /** The version as the client named it, empty for the highest. */
    private String askedVersion = "";
    private Map<String, ParameterValue> forwarded = Map.of();
    private final LateCancellation cancellation = new LateCancellation();

    /** Null where nobody wants to know about it; so for the next one. */
    private final @Nullable GrpcArrival arrival;
    private @Nullable Observation observation;

    StreamedRequest(InferStream stream, StreamQueue queue, CallContext context, @Nullable GrpcArrival arrival) {
        this.stream = stream;
        this.queue = queue;
        this.context = context;
        this.arrival = arrival;
    }

    // The request

    /**
     * Reads the message, which is closed then, and sees to its answer.
     *
     * @param whenRead told once the request is queued or refused, on the thread that did it: the next one may be read
     */
    void serve(ReceivedMessage message, Metadata metadata, Runnable whenRead) {
        InferRequestParser parser = context.parser(); // in no field: requests that wait must be small
        boolean read = false;
        try {
            read = orRefuse(parser, () -> read(parser, message, metadata));
        } finally { // whatever is thrown, a stream that is not read on would hang
            if (!read) {
                whenRead.run();
            }
        }
        if (read) {
            context.readers(parser.bytesToCopy()).execute(() -> submit(parser, whenRead));
        }
    }

    private interface Step {
        void run() throws InferenceException;
    }

    private boolean orRefuse(InferRequestParser parser, Step step) {
        try {
            step.run();
            return true;
        } catch (InferenceException e) {
            refuse(parser, e);
        } catch (RuntimeException | Error e) { // unanswered, the client would wait for ever
            LOG.error("a request to '{}' could not be read", parser.model(), e);
            refuse(parser, InferenceException.ofDefect(e));
        }
        return false;
    }

    private void read(InferRequestParser parser, ReceivedMessage message, Metadata metadata)
            throws InferenceException {
        try (message) {
            message.check();
            parser.read(message, message.length(), (model, version) -> {
                forwarded = context.forwarded(metadata); // not before: a refusal is to name the request
                return enter(model, version, message.length());
            });
        } catch (InferenceException e) {
            unread(e);
            throw e;
        }
    }

    private void unread(InferenceException error) {
        if (admitted != null) {
            admitted.recordUnread(error);
        } else if (!entered) {
            context.service().refused().recordMalformed();
        }
    }

    private void submit(InferRequestParser parser, Runnable whenRead) {
        try {
            orRefuse(parser, () -> complete(parser));
        } finally {
            whenRead.run();
        }
    }

    private InputMemory enter(String model, String version, long bytes) throws InferenceException {
        entered = true;
        ModelHandle<ServedModel> handle = context.service().acquire(model, version);
        decoupled = handle.model().config().decoupled();
        if (arrival != null) {
            observation = context.observers().begin(handle.name(), handle.version(), arrival);
        }
        admitted = context.service().admit(handle, bytes, observation);
        return handle.model().inputMemory();
    }

    /** Answers a request that was not read as far as its end. */
    private void refuse(InferRequestParser parser, InferenceException error) {
        if (observation != null) {
            observation.named(parser.id());
        } else if (admitted == null && arrival != null) {
            context.observers().refused(parser.id(), parser.model(), parser.version(), arrival, error, 0);
        }
        queue.begin(this, true);
        refuseBegun(parser.id(), error);
    }

    /** Answers a request that no model took on. */
    private void refuseBegun(String id, InferenceException error) {
        tell(error, InferResponseEncoder.refusal(id, error.text()));
        end();
    }

    private void complete(InferRequestParser parser) throws InferenceException {
        AdmittedRequest request = Objects.requireNonNull(admitted);
        int mostInputs = request.model().model().signature().inputs().size();
        ReceivedRequest received = request.reading(() -> parser.complete(mostInputs));
        emptyFinal = received.emptyFinal();
        askedVersion = parser.version();
        submit(received.request().withParameters(forwarded));
    }

    private void submit(ClientRequest request) {
        AdmittedRequest entered = Objects.requireNonNull(admitted);
        answered = new Answered(entered.model().name(), Long.toString(entered.model().version()), request.id());
        queue.begin(this, !decoupled);
        try {
            cancellation.bind(entered.submit(request, this));
        } catch (InferenceException e) {
            refuseBegun(request.id(), e);
        } catch (RuntimeException | Error e) {
            LOG.error("a request to {} could not be queued", entered.model(), e);
            refuseBegun(request.id(), InferenceException.ofDefect(e));
        }
    }

    @Override
    void cancel() {
        cancellation.cancel();
    }

    // The answers

    @Override
    public void onResponse(InferenceResponse response, boolean last) {
        InferenceResponse shaped = response;
        try {
            shaped = Objects.requireNonNull(admitted).shape(response);
            add(InferResponseEncoder.streamed(answered, shaped, last), shaped.memory());
        } catch (InferenceException e) {
            shaped.memory().release();
            tell(e, last);
        } catch (RuntimeException | Error e) {
            LOG.error("a response of {} could not be written", Objects.requireNonNull(admitted).model(), e);
            shaped.memory().release();
            tell(InferenceException.ofDefect(e), last);
        }
        if (last) {
            end();
        } else {
            stream.send();
            queue.awaitRoom(this);
        }
    }

    @Override
    public void onEnd() {
        if (!decoupled) {
            ResponseListener.super.onEnd();
            return;
        }
        if (emptyFinal) {
            Answered asked = new Answered(answered.modelName(), askedVersion, answered.requestId());
            add(InferResponseEncoder.emptyFinal(asked), Lease.NONE);
        }
        end();
    }

    @Override
    public void onError(InferenceException error) {
        tell(error, true);
        end();
    }

    private void tell(InferenceException error, boolean last) {
        tell(error, InferResponseEncoder.failure(answered, error.text(), last));
    }

    /** Ends the stream with the error if the client asked for that, or else sends the message that says it. */
    private void tell(InferenceException error, EncodedMessage message) {
        if (observation != null) {
            observation.failed(error);
        }
        if (stream.errorsEndIt()) {
            stream.fail(error);
        } else {
            add(message, Lease.NONE);
        }
    }

    private void add(EncodedMessage message, Lease lease) {
        if (observation != null) {
            observation.sending(message.length());
        }
        queue.add(new StreamQueue.Response(this, message, lease));
    }

    private void end() {
        AdmittedRequest entered = admitted;
        if (entered != null) {
            entered.finish();
        }
        queue.end(this);
        stream.send();
    }

    @Override
    void waiting(long bytes) {
        AdmittedRequest entered = admitted;
        if (entered != null) {
            entered.ticket().answers(bytes);
        }
    }

    @Override
    void settled() {
        AdmittedRequest entered = admitted;
        if (entered != null) {
            entered.ticket().release();
        }
        if (observation != null) {
            observation.end();
        }
    }
}
