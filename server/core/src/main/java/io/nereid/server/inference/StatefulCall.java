package io.nereid.server.inference;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InputMemory;
import io.nereid.inference.LateCancellation;
import io.nereid.inference.Lease;
import io.nereid.inference.RequestTimes;
import io.nereid.inference.RequestTrace;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.inference.CallState.Event;
import io.nereid.server.ledger.Account;
import io.nereid.server.model.ServedModel;
import io.nereid.server.observation.Arrival;
import io.nereid.server.observation.Observation;
import io.nereid.server.protocol.Admission;
import org.jspecify.annotations.Nullable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;

/**
 * The one implementation of {@link InferenceCall}: its state, whose transitions are those of {@link CallState}, what it
 * holds until its end, and what cancels it as soon as that is known. {@link RequestReading} brings it to QUEUED, {@link
 * AnswerWriting} from there to its end.
 *
 * <p>Up to QUEUED the thread that reads the request works on the call, then the thread on which the model responds,
 * or the one to which that hands the answer over; each hand-over orders the plain fields. Only {@link #close} and
 * {@link #cancel} come from elsewhere: they touch the state, the cancellation and, on the transition to ENDED, what
 * is held until then.
 */
final class StatefulCall<M> extends LateCancellation implements InferenceCall, Lease {
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
    private final RequestReading<M> reading;
    private final AnswerWriting<M> answer;
    private @Nullable ModelHandle<ServedModel> model;
    private Admission.@Nullable Ticket ticket;
    private @Nullable Observation observation;

    StatefulCall(InferenceService service, InferenceTransport<M> transport, @Nullable Arrival arrival) {
        this.service = service;
        this.transport = transport;
        this.arrival = arrival;
        this.reading = new RequestReading<>(this);
        this.answer = new AnswerWriting<>(this);
    }

    // What the front end and the transport say

    @Override
    public void serve(String name, String version) {
        reading.serve(name, version);
    }

    @Override
    public void serve(ModelHandle<ServedModel> held) {
        reading.serve(held);
    }

    @Override
    public void serve() {
        reading.serve();
    }

    @Override
    public void admit(String name, String version) throws InferenceException {
        reading.admit(name, version);
    }

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
        return answer.waits(bytes, last);
    }

    /** The last part of the answer has gone, or was dropped. */
    @Override
    public void release() {
        close();
    }

    // What the two halves share

    InferenceService service() {
        return service;
    }

    InferenceTransport<M> transport() {
        return transport;
    }

    /** Where long messages are read and written. */
    CodecThreads threads() {
        return service.threads();
    }

    /** What becomes of the request once it is queued. */
    AnswerWriting<M> answer() {
        return answer;
    }

    /** The place among the requests in flight; null until there is one. */
    Admission.@Nullable Ticket ticket() {
        return ticket;
    }

    void admittedWith(Admission.Ticket admitted) {
        ticket = admitted;
    }

    /** The model; null before it is held. */
    @Nullable
    ModelHandle<ServedModel> modelIfAdmitted() {
        return model;
    }

    /** Holds that model from here on, in the place of another one. */
    void servedBy(ModelHandle<ServedModel> handle) {
        model = handle;
    }

    // Observation

    /** What is noted of the request; null where it is not observed. */
    @Nullable
    Observation observation() {
        return observation;
    }

    /** Begins the observation of a request to that model, where it has an observer. */
    void observe(ModelHandle<ServedModel> of) {
        if (arrival != null) {
            observation = service.observers().begin(of.name(), of.version(), arrival);
            return;
        }
        RequestTrace parent = transport.parentTrace();
        if (parent != null) {
            RequestTimes times = transport.times();
            observation = service.observers().beginChild(parent, of.name(), of.version(),
                    times == null ? new RequestTimes() : times);
        }
    }

    void observeFailure(InferenceException failure) {
        Observation observed = observation;
        if (observed != null) {
            observed.failed(failure);
        }
    }

    /** The request is refused, perhaps before it had a model. */
    void observeRefusal(InferenceException refusal) {
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
        } else if (model == null) {
            service.observers().refused(identity.id(), identity.model(), identity.version(),
                    Objects.requireNonNull(arrival), refusal, transport.httpStatus(refusal));
        }
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
            if (before == CallState.QUEUED) { // else it may not be there yet
                answer.close();
            }
            cancel();
        }
    }

    /** Drops the answer to a client that has gone. */
    void drop() {
        Observation observed = observation;
        if (observed != null) {
            observed.failed(new InferenceException(ErrorCode.CANCELLED, "the client went away"));
        }
        answered();
    }

    /**
     * Nothing more will come of the request: gives back what only its model needs.
     *
     * @return whether the client waits for the answer
     */
    boolean answered() {
        answer.release();
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

    /** The state after the event, which may be CANCELLED instead of the one that it leads to. */
    CallState on(Event event) {
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
