package io.nereid.server.inference;

import io.nereid.inference.Cancellation;
import io.nereid.inference.CorrelationId;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.NanoClock;
import io.nereid.inference.RequestTimes;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.Tensor;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.inference.CallState.Event;
import io.nereid.server.ledger.Account;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.ledger.Resource;
import io.nereid.server.model.ModelDemand;
import io.nereid.server.model.ServedModel;
import io.nereid.server.observation.Observation;
import io.nereid.server.protocol.Admission;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.RequestValidator;
import io.nereid.statistics.Rejection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The first half of a call, from RECEIVED to QUEUED: finds the model, admits the request, reads it, and hands it to the
 * scheduler. Owns the message until it is read, and the request until it is queued. An error at any step, or the client's
 * going, gives both back and ends the call.
 *
 * <p>One thread at a time works on it: that of the transport, then a codec thread where much is to be read. While the call
 * waits for its model nobody does.
 */
final class RequestReading<M> {
    private static final Logger LOG = LoggerFactory.getLogger(RequestReading.class);
    /** What a request keeps on the heap without a charge of its own: {@link Ledger#REQUEST_HEAP_BYTES} has it. */
    private static final long FREE_HEAP_BYTES = 1 << 10;

    private final StatefulCall<M> call;
    /** Whether the message is still the transport's. */
    private boolean unread = true;
    /** Whether a model was asked for; if it refuses the request, that is counted there. */
    private boolean modelAsked;
    /** The model that was found, or waited for, until the request is admitted to it. */
    private @Nullable ModelHandle<ServedModel> found;
    /** How long it was waited for. */
    private long waitedNanos;
    /** The alias of which the request's sequence has a version; empty where the model is that version. */
    private String alias = "";
    /** The request while it is the call's: read and not queued. */
    private @Nullable ClientRequest request;

    RequestReading(StatefulCall<M> call) {
        this.call = call;
    }

    /** A step on the way. */
    interface Step {
        void run() throws InferenceException;
    }

    /** Takes a step; if it fails, the error is the answer. */
    private void orRefuse(Step step) {
        try {
            step.run();
        } catch (InferenceException | RuntimeException | Error e) {
            refuseFor(e);
        }
    }

    private void refuseFor(Throwable failure) {
        if (failure instanceof InferenceException e) {
            refuse(e);
        } else { // unanswered, the client would wait for ever
            LOG.error("a request to model '{}' could not be read", call.transport().identity().model(), failure);
            refuse(InferenceException.ofInternalError(failure));
        }
    }

    // The model

    /** {@link InferenceCall#serve(String, String)}. */
    void serve(String name, String version) {
        try {
            modelAsked = true;
            if (findsModel(name, version)) {
                serveLoaded(name, version);
            } else {
                awaitModel(name, version, () -> serveLoaded(name, version));
            }
        } catch (InferenceException | RuntimeException | Error e) {
            refuseFor(e);
        }
    }

    private void serveLoaded(String name, String version) throws InferenceException {
        admit(name, version);
        readOn();
    }

    /** {@link InferenceCall#serve(ModelHandle)}. */
    void serve(ModelHandle<ServedModel> held) {
        try {
            admit(held);
            readOn();
        } catch (InferenceException | RuntimeException | Error e) {
            refuseFor(e);
        }
    }

    /** {@link InferenceCall#serve()}. */
    void serve() {
        try {
            RequestIdentity asked = call.service().demand() == null ? null : call.transport().asked();
            if (asked == null || findsModel(asked.model(), asked.version())) {
                readOn();
            } else {
                awaitModel(asked.model(), asked.version(), this::readOn);
            }
        } catch (InferenceException | RuntimeException | Error e) {
            refuseFor(e);
        }
    }

    /** Whether the model is there; else it is loaded when it is asked for, and has to be waited for. */
    private boolean findsModel(String name, String version) throws InferenceException {
        found = call.service().acquireUnlessAwaited(name, version);
        return found != null || call.service().demand() == null;
    }

    /** Has the call hold its message and its place in flight until the model is loaded, and no thread. */
    private void awaitModel(String name, String version, Step whenLoaded) throws InferenceException {
        ModelDemand demand = Objects.requireNonNull(call.service().demand());
        Account account = call.transport().account();
        String client = account == null ? "" : account.clientHost();
        call.admittedWith(call.service().admitWaiting(call.transport(), demand, name, version, client));
        call.transport().awaitsModel(name);
        demand.await(name, version, new ModelWait(this, whenLoaded, NanoClock.SYSTEM, client));
    }

    /** What {@link InferenceCall#cancel} does while the call waits for its model. */
    void waits(Cancellation wait) {
        call.bind(wait);
    }

    /** The model has been loaded: the request goes on beside event loops, on a thread that may read for long. */
    void loaded(ModelHandle<ServedModel> held, long afterNanos, Step whenLoaded) {
        found = held;
        waitedNanos = afterNanos;
        call.threads().executor(Long.MAX_VALUE, InferenceTransport.CALLER).execute(() -> orRefuse(whenLoaded));
    }

    /** The model was not loaded, or the wait for it cancelled. */
    void notLoaded(InferenceException why) {
        if (why.code() != ErrorCode.CANCELLED) {
            call.service().refused().recordUnserved(why);
        }
        refuse(why);
    }

    // Admission

    /** {@link InferenceCall#admit}. */
    void admit(String name, String version) throws InferenceException {
        modelAsked = true;
        ModelHandle<ServedModel> held = found;
        found = null;
        if (held != null && !held.name().equals(name)) { // the message names two, and the last one counts
            held.release();
            held = null;
        }
        held = held == null ? call.service().acquire(name, version) : held;
        if (call.service().models().choosesBySequence(held, version)) {
            alias = version;
        }
        admit(held);
    }

    private void admit(ModelHandle<ServedModel> handle) throws InferenceException {
        try {
            InferenceException unsupported = call.transport().unsupported(handle.model().config());
            if (unsupported != null) {
                handle.model().statistics().recordRejection(Rejection.UNSUPPORTED);
                throw unsupported;
            }
            call.observe(handle);
            Admission.Ticket waited = call.ticket();
            if (waited != null) {
                waited.moveTo(handle.model().inFlight());
            } else {
                call.admittedWith(ticket(handle));
            }
        } catch (InferenceException | RuntimeException | Error e) {
            handle.release();
            throw e;
        }
        call.servedBy(handle);
        call.on(Event.ADMIT);
    }

    private Admission.Ticket ticket(ModelHandle<ServedModel> of) throws InferenceException {
        InferenceTransport<M> transport = call.transport();
        return transport.isAdmittedAlways() ? call.service().admitAlways(of, transport.bytes())
                : call.service().admit(transport.account(), of, transport.bytes());
    }

    // The message

    /** Reads here, or on another thread where much is to be read. */
    private void readOn() throws InferenceException {
        long work = call.transport().workToRead();
        if (CodecThreads.isLong(work)) {
            call.threads().executor(work, InferenceTransport.CALLER).execute(() -> orRefuse(this::read));
        } else {
            read();
        }
    }

    private void read() throws InferenceException {
        if (call.isCancelled()) {
            abandon();
            return;
        }
        unread = false;
        long work;
        try {
            work = call.transport().read(call) / CodecThreads.COPIES_PER_TEXT;
        } catch (InferenceException e) {
            recordUnread(e);
            throw e;
        }
        if (CodecThreads.isLong(work)) {
            call.threads().executor(work, InferenceTransport.CALLER).execute(() -> orRefuse(this::complete));
        } else {
            complete();
        }
    }

    /** Counts a request that cannot be read. */
    private void recordUnread(InferenceException e) {
        ModelHandle<ServedModel> held = call.modelIfAdmitted();
        if (held != null) {
            boolean full = e.code() == ErrorCode.UNAVAILABLE; // no memory is left for its tensors
            held.model().statistics().recordRejection(full ? Rejection.OVERLOAD : Rejection.MALFORMED);
        } else if (!modelAsked) {
            call.service().refused().recordMalformed();
        }
    }

    private void complete() throws InferenceException {
        ClientRequest read;
        try {
            read = call.transport().complete().afterWaiting(waitedNanos);
        } catch (InferenceException e) {
            recordUnread(e);
            throw e;
        }
        request = read;
        call.answer().asks(RequestedResponse.of(read.outputs()));
        if (!alias.isEmpty()) {
            chooseBySequence(read.options().sequenceId());
        }
        call.on(Event.READ);
        chargeHeap(read);
        queue(read);
    }

    /** Goes to the version of the alias where the sequence is; all versions want their inputs in the same memory. */
    private void chooseBySequence(CorrelationId sequence) throws InferenceException {
        ModelHandle<ServedModel> before = call.model();
        ModelHandle<ServedModel> chosen = call.service().models().acquireForSequence(before.name(), alias, sequence);
        call.servedBy(chosen);
        Objects.requireNonNull(call.ticket()).moveTo(chosen.model().inFlight());
        Observation observed = call.observation();
        if (observed != null) {
            observed.servedBy(chosen.version());
        }
        before.release();
    }

    /** Charges what is kept of the request's head, where that is more than every request is charged with. */
    private void chargeHeap(ClientRequest read) throws InferenceException {
        long bytes = read.heapBytes();
        if (bytes > FREE_HEAP_BYTES) {
            call.account().charge(Resource.HEAP, bytes);
        }
    }

    // The scheduler

    private void queue(ClientRequest read) throws InferenceException {
        ServedModel served = call.model().model();
        Observation observed = call.observation();
        if (observed != null) {
            observed.named(read.id());
        }
        InferenceRequest valid = valid(served, read);
        call.answer().begin();
        if (call.on(Event.QUEUE) == CallState.CANCELLED) {
            abandon();
            return;
        }
        call.bind(enqueue(served, valid, observed));
        request = null;
        call.transport().hasRead();
    }

    private static InferenceRequest valid(ServedModel served, ClientRequest read) throws InferenceException {
        try {
            return RequestValidator.validate(served.signature(), read);
        } catch (InferenceException e) {
            served.statistics().recordRejection(Rejection.MISMATCH);
            throw e;
        }
    }

    private Cancellation enqueue(ServedModel served, InferenceRequest valid, @Nullable Observation observed)
            throws InferenceException {
        InferenceException notOne = call.transport().notOneResponse();
        ResponseListener listener = notOne == null ? call.answer()
                : new OnlyResponse(call.answer(), call, notOne);
        if (observed == null) {
            RequestTimes times = call.transport().times();
            return enqueue(served, times == null ? valid : valid.withTimes(times, null), listener);
        }
        observed.submitted(valid);
        return enqueue(served, valid.withTimes(observed.times(), observed.trace()), observed.before(listener));
    }

    private Cancellation enqueue(ServedModel served, InferenceRequest first, ResponseListener listener)
            throws InferenceException {
        List<List<Tensor>> further = call.transport().furtherParts();
        if (further.isEmpty()) {
            return served.enqueue(first, listener);
        }
        call.account().charge(Resource.HEAP, (further.size() + 1) * RequestParts.HEAP_BYTES);
        ClientRequest read = Objects.requireNonNull(request);
        List<InferenceRequest> parts = new ArrayList<>(List.of(first));
        for (List<Tensor> inputs : further) {
            parts.add(valid(served, read.withInputs(inputs)));
        }
        return RequestParts.enqueue(served::enqueue, parts, call.account(),
                Objects.requireNonNull(call.transport().notOneResponse()), listener);
    }

    // The end, where there is no answer of the model

    /** Answers a request that no model took on. */
    private void refuse(InferenceException refusal) {
        try {
            call.observeRefusal(refusal);
            giveBack();
            if (call.answered()) {
                call.transport().refuse(call, refusal);
            }
        } catch (RuntimeException | Error e) { // there is no memory for the error either
            call.close();
            throw e;
        } finally {
            call.transport().hasRead();
        }
    }

    /** Drops a request whose client went away before it was queued. */
    private void abandon() {
        ModelHandle<ServedModel> held = call.modelIfAdmitted();
        if (held != null) {
            held.model().statistics().recordRejection(Rejection.CANCELLED);
        }
        giveBack();
        call.drop();
        call.transport().hasRead();
    }

    private void giveBack() {
        if (unread) {
            unread = false;
            call.transport().discard();
        }
        ClientRequest read = request;
        request = null;
        if (read != null) {
            read.memory().release(); // the targets of its outputs are given back with the model
        }
        ModelHandle<ServedModel> unused = found;
        found = null;
        if (unused != null) {
            unused.release();
        }
    }
}
