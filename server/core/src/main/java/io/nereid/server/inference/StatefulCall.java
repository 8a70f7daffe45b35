package io.nereid.server.inference;

import io.nereid.inference.Cancellation;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.InputMemory;
import io.nereid.inference.LateCancellation;
import io.nereid.inference.Lease;
import io.nereid.inference.RequestTimes;
import io.nereid.inference.RequestTrace;
import io.nereid.inference.ResponseListener;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.inference.CallState.Event;
import io.nereid.server.ledger.Account;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.ledger.Resource;
import io.nereid.server.model.ServedModel;
import io.nereid.server.observation.Arrival;
import io.nereid.server.observation.Observation;
import io.nereid.server.protocol.Admission;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.RequestValidator;
import io.nereid.statistics.Rejection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * The one implementation of {@link InferenceCall}: the states and transitions are those of {@link CallState}.
 *
 * <p>Up to QUEUED the thread that reads the request works on the call, then the thread on which the model responds,
 * or the one to which that hands the answer over; each hand-over orders the plain fields. Only {@link #close} and
 * {@link #cancel} come from elsewhere: they touch the state, the cancellation and, on the transition to ENDED, what
 * is held until then.
 */
final class StatefulCall<M> implements InferenceCall, ResponseListener, Lease, Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(StatefulCall.class);
    /** What a request keeps on the heap without a charge of its own: {@link Ledger#REQUEST_HEAP_BYTES} has it. */
    private static final long FREE_HEAP_BYTES = 1 << 10;
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(StatefulCall.class, "state", CallState.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final InferenceService service;
    private final InferenceTransport<M> transport;
    private final @Nullable Arrival arrival;
    private volatile CallState state = CallState.RECEIVED;
    private final LateCancellation cancellation = new LateCancellation();

    /** Whether the message is still the transport's. */
    private boolean unread = true;
    /** Whether a model was asked for; if it refuses the request, that is counted there. */
    private boolean modelAsked;
    private @Nullable ModelHandle<ServedModel> model;
    private Admission.@Nullable Ticket ticket;
    private @Nullable Observation observation;
    /** The request while it is the call's: read and not queued. */
    private @Nullable ClientRequest request;
    private RequestedResponse requested = RequestedResponse.ALL;
    /** Where the responses go that do not go straight to the transport. */
    private @Nullable ResponseStream<M> stream;
    /** The answer while it is handed to another thread; so for the next one. */
    private @Nullable InferenceResponse response;
    private @Nullable InferenceException error;

    StatefulCall(InferenceService service, InferenceTransport<M> transport, @Nullable Arrival arrival) {
        this.service = service;
        this.transport = transport;
        this.arrival = arrival;
    }

    // The request

    @Override
    public void serve(String name, String version) {
        orRefuse(() -> {
            admit(name, version);
            readOn();
        });
    }

    @Override
    public void serve(ModelHandle<ServedModel> held) {
        orRefuse(() -> {
            admit(held);
            readOn();
        });
    }

    @Override
    public void serve() {
        orRefuse(this::readOn);
    }

    private interface Step {
        void run() throws InferenceException;
    }

    /** Takes a step of the request; if it fails, the error is the answer. */
    private void orRefuse(Step step) {
        try {
            step.run();
        } catch (InferenceException e) {
            refuse(e);
        } catch (RuntimeException | Error e) { // unanswered, the client would wait for ever
            LOG.error("a request to model '{}' could not be read", transport.identity().model(), e);
            refuse(InferenceException.ofInternalError(e));
        }
    }

    @Override
    public void admit(String name, String version) throws InferenceException {
        modelAsked = true;
        admit(service.acquire(name, version));
    }

    private void admit(ModelHandle<ServedModel> handle) throws InferenceException {
        try {
            InferenceException unsupported = transport.unsupported(handle.model().config());
            if (unsupported != null) {
                handle.model().statistics().recordRejection(Rejection.UNSUPPORTED);
                throw unsupported;
            }
            observation = observation(handle);
            ticket = transport.isAdmittedAlways() ? service.admitAlways(handle, transport.bytes())
                    : service.admit(transport.account(), handle, transport.bytes());
        } catch (InferenceException | RuntimeException | Error e) {
            handle.release();
            throw e;
        }
        model = handle;
        on(Event.ADMIT);
    }

    private @Nullable Observation observation(ModelHandle<ServedModel> of) {
        if (arrival != null) {
            return service.observers().begin(of.name(), of.version(), arrival);
        }
        RequestTrace parent = transport.parentTrace();
        if (parent == null) {
            return null;
        }
        RequestTimes times = transport.times();
        return service.observers().beginChild(parent, of.name(), of.version(),
                times == null ? new RequestTimes() : times);
    }

    /** Reads here, or on another thread where much is to be read. */
    private void readOn() throws InferenceException {
        long work = transport.workToRead();
        if (CodecThreads.isLong(work)) {
            service.threads().executor(work, InferenceTransport.CALLER).execute(() -> orRefuse(this::read));
        } else {
            read();
        }
    }

    private void read() throws InferenceException {
        if (isCancelled()) {
            abandon();
            return;
        }
        unread = false;
        long work;
        try {
            work = transport.read(this) / CodecThreads.COPIES_PER_TEXT;
        } catch (InferenceException e) {
            recordUnread(e);
            throw e;
        }
        if (CodecThreads.isLong(work)) {
            service.threads().executor(work, InferenceTransport.CALLER).execute(() -> orRefuse(this::complete));
        } else {
            complete();
        }
    }

    /** Counts a request that cannot be read. */
    private void recordUnread(InferenceException e) {
        ModelHandle<ServedModel> held = model;
        if (held != null) {
            boolean full = e.code() == ErrorCode.UNAVAILABLE; // no memory is left for its tensors
            held.model().statistics().recordRejection(full ? Rejection.OVERLOAD : Rejection.MALFORMED);
        } else if (!modelAsked) {
            service.refused().recordMalformed();
        }
    }

    private void complete() throws InferenceException {
        ClientRequest read;
        try {
            read = transport.complete();
        } catch (InferenceException e) {
            recordUnread(e);
            throw e;
        }
        request = read;
        requested = new RequestedResponse(read.outputs());
        on(Event.READ);
        chargeHeap(read);
        queue(read);
    }

    /** Charges what is kept of the request's head, where that is more than every request is charged with. */
    private void chargeHeap(ClientRequest read) throws InferenceException {
        long bytes = read.heapBytes();
        if (bytes > FREE_HEAP_BYTES) {
            account().charge(Resource.HEAP, bytes);
        }
    }

    private void queue(ClientRequest read) throws InferenceException {
        ServedModel served = model().model();
        if (observation != null) {
            observation.named(read.id());
        }
        InferenceRequest valid = valid(served, read);
        if (transport.windowBytes() > 0) {
            stream = new ResponseStream<>(this, transport, service.threads());
        }
        if (on(Event.QUEUE) == CallState.CANCELLED) {
            abandon();
            return;
        }
        cancellation.bind(enqueue(served, valid));
        request = null;
        transport.hasRead();
    }

    private static InferenceRequest valid(ServedModel served, ClientRequest read) throws InferenceException {
        try {
            return RequestValidator.validate(served.signature(), read);
        } catch (InferenceException e) {
            served.statistics().recordRejection(Rejection.MISMATCH);
            throw e;
        }
    }

    private Cancellation enqueue(ServedModel served, InferenceRequest valid) throws InferenceException {
        InferenceException notOne = transport.notOneResponse();
        ResponseListener listener = notOne == null ? this : new OnlyResponse(this, cancellation, notOne);
        Observation observed = observation;
        if (observed == null) {
            RequestTimes times = transport.times();
            return served.enqueue(times == null ? valid : valid.withTimes(times, null), listener);
        }
        observed.submitted(valid);
        return served.enqueue(valid.withTimes(observed.times(), observed.trace()), observed.before(listener));
    }

    /** Answers a request that no model took on. */
    private void refuse(InferenceException refusal) {
        try {
            observeRefusal(refusal);
            giveBackRequest();
            if (answered()) {
                transport.refuse(this, refusal);
            }
        } catch (RuntimeException | Error e) { // there is no memory for the error either
            close();
            throw e;
        } finally {
            transport.hasRead();
        }
    }

    private void observeRefusal(InferenceException refusal) {
        Observation observed = observation;
        if (observed == null && arrival == null) {
            return;
        }
        RequestIdentity identity = transport.identity();
        if (observed != null) {
            if (!identity.id().isEmpty()) {
                observed.named(identity.id());
            }
            observed.failed(refusal);
        } else if (ticket == null) {
            service.observers().refused(identity.id(), identity.model(), identity.version(),
                    Objects.requireNonNull(arrival), refusal, transport.httpStatus(refusal));
        }
    }

    /** Drops a request whose client went away before it was queued. */
    private void abandon() {
        ModelHandle<ServedModel> held = model;
        if (held != null) {
            held.model().statistics().recordRejection(Rejection.CANCELLED);
        }
        giveBackRequest();
        drop();
        transport.hasRead();
    }

    private void giveBackRequest() {
        if (unread) {
            unread = false;
            transport.discard();
        }
        ClientRequest read = request;
        request = null;
        if (read != null) {
            read.memory().release(); // the targets of its outputs are given back with the model
        }
    }

    // The answer

    @Override
    public void onResponse(InferenceResponse given, boolean last) {
        ResponseStream<M> paced = stream;
        if (!last) {
            on(Event.RESPONSE);
        }
        if (paced != null) {
            paced.add(given, last);
            return;
        }
        Executor executor = service.threads().executor(transport.workToWrite(given), transport.executor());
        if (executor.equals(InferenceTransport.CALLER)) {
            write(given, last);
        } else {
            response = given;
            handOver(executor);
        }
    }

    @Override
    public void onFailedResponse(InferenceException failure) {
        on(Event.RESPONSE);
        ResponseStream<M> paced = stream;
        if (paced != null) {
            paced.fail(failure, false);
        } else {
            fail(failure, false);
        }
    }

    @Override
    public void onEnd() {
        if (!transport.isStream()) {
            ResponseListener.super.onEnd();
        } else if (stream != null) {
            stream.end();
        } else {
            end();
        }
    }

    @Override
    public void onError(InferenceException failure) {
        ResponseStream<M> paced = stream;
        if (paced != null) {
            paced.fail(failure, true);
        } else if (transport.executor().equals(InferenceTransport.CALLER)) {
            fail(failure, true);
        } else {
            error = failure;
            handOver(transport.executor());
        }
    }

    /** Nothing is left to the event loop of a client that has gone: it may be about to end. */
    private void handOver(Executor executor) {
        if (isCancelled()) {
            run();
            return;
        }
        try {
            executor.execute(this);
        } catch (RejectedExecutionException _) { // the server has ended, and the connection with it
            close();
            run();
        }
    }

    /** Writes the answer that was handed over. */
    @Override
    public void run() {
        InferenceResponse given = response;
        response = null;
        if (given != null) {
            write(given, true);
        } else {
            fail(Objects.requireNonNull(error), true);
        }
    }

    /** Sends a response, or drops it where nobody waits for it; on the thread that writes the answer. */
    void write(InferenceResponse given, boolean last) {
        if (isCancelled()) {
            given.memory().release();
            if (last) {
                drop();
            }
            return;
        }
        InferenceResponse shaped = given;
        M encoded;
        try {
            shaped = requested.shape(model().model().signature(), given, service.memory());
            encoded = transport.encode(this, shaped, last);
        } catch (InferenceException e) {
            shaped.memory().release();
            fail(e, last);
            return;
        } catch (RuntimeException | Error e) { // unanswered, the client would wait for ever
            LOG.error("a response of {} could not be written", model(), e);
            shaped.memory().release();
            fail(InferenceException.ofInternalError(e), last);
            return;
        }
        if (last) {
            answered();
        }
        try {
            transport.send(this, encoded, last);
        } catch (RuntimeException | Error e) {
            sendingFailed(e);
        }
    }

    /** Sends an error, likewise. */
    void fail(InferenceException failure, boolean last) {
        if (isCancelled()) {
            if (last) {
                drop();
            }
            return;
        }
        if (observation != null) {
            observation.failed(failure);
        }
        if (!last || answered()) {
            try {
                transport.fail(this, failure, last);
            } catch (RuntimeException | Error e) {
                sendingFailed(e);
            }
        }
    }

    /** Ends a stream that has not said that it ends, likewise. */
    void end() {
        if (isCancelled()) {
            drop();
        } else if (answered()) {
            try {
                transport.end(this);
            } catch (RuntimeException | Error e) {
                sendingFailed(e);
            }
        }
    }

    /** What is still to come is for nobody, and must not be held. */
    private void sendingFailed(Throwable e) {
        LOG.error("an answer to a request could not be sent", e);
        close();
    }

    // What the transport says

    @Override
    public ModelHandle<ServedModel> model() {
        return Objects.requireNonNull(model, "the request is not admitted");
    }

    @Override
    public Account account() {
        return Objects.requireNonNull(ticket, "the request is not admitted").account();
    }

    @Override
    public InputMemory inputMemory() {
        InputMemory wanted = model().model().inputMemory();
        return new InputMemory(wanted.kind(), wanted.device(), account().charging(wanted.allocator()));
    }

    @Override
    public boolean isCancelled() {
        return state == CallState.CANCELLED;
    }

    @Override
    public void sending(int httpStatus, long bytes) {
        Observation observed = observation;
        if (observed != null) {
            observed.status(httpStatus);
            observed.sending(bytes);
        }
    }

    @Override
    public void waiting(long bytes) {
        Admission.Ticket held = ticket;
        if (held != null) {
            held.answers(bytes);
        }
    }

    @Override
    public Lease waits(long bytes, boolean last) {
        ResponseStream<M> paced = stream;
        if (paced != null) {
            return paced.waits(bytes, last);
        }
        waiting(bytes);
        return last ? this : Lease.NONE;
    }

    /** The last part of the answer has gone, or was dropped. */
    @Override
    public void release() {
        close();
    }

    @Override
    public void cancel() {
        cancellation.cancel();
    }

    // States

    @Override
    public void close() {
        CallState before = state;
        CallState after = move(before, Event.CLOSE);
        while (after == null) {
            before = state;
            after = move(before, Event.CLOSE);
        }
        if (after == CallState.ENDED && before != CallState.ENDED) {
            giveBack();
        } else if (after == CallState.CANCELLED && before != CallState.CANCELLED) {
            cancelModel(before);
        }
    }

    private void cancelModel(CallState before) {
        ResponseStream<M> paced = before == CallState.QUEUED ? stream : null; // else it may not be there yet
        if (paced != null) {
            paced.close();
        }
        cancel();
    }

    /** Drops the answer to a client that has gone. */
    private void drop() {
        if (observation != null) {
            observation.failed(new InferenceException(ErrorCode.CANCELLED, "the client went away"));
        }
        answered();
    }

    /**
     * Nothing more will come of the request: gives back what only its model needs.
     *
     * @return whether the client waits for the answer
     */
    private boolean answered() {
        requested.release();
        ModelHandle<ServedModel> held = model;
        if (held != null) {
            held.release();
        }
        if (on(Event.ANSWER) == CallState.ENDED) {
            giveBack();
            return false;
        }
        return true;
    }

    /** On the transition to ENDED. */
    private void giveBack() {
        Admission.Ticket held = ticket;
        if (held != null) {
            held.release();
        }
        Observation observed = observation;
        if (observed != null) {
            observed.end();
        }
        transport.ended();
    }

    private CallState on(Event event) {
        CallState after = move(state, event);
        while (after == null) {
            after = move(state, event);
        }
        return after;
    }

    /** The state after the event; null if another thread has changed the state. */
    private @Nullable CallState move(CallState before, Event event) {
        CallState after = before.on(event);
        return after == before || STATE.compareAndSet(this, before, after) ? after : null;
    }
}
