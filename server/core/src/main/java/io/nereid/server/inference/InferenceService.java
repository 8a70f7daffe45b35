package io.nereid.server.inference;

import io.nereid.inference.Cancellation;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.TensorMemory;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.ledger.Account;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.model.ModelDemand;
import io.nereid.server.model.ServedModel;
import io.nereid.server.observation.Arrival;
import io.nereid.server.observation.Observers;
import io.nereid.server.protocol.Admission;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.statistics.Rejection;
import org.jspecify.annotations.Nullable;

import java.util.Objects;

/**
 * Inference, as front ends and programs in the same process have it: a front end makes an {@link InferenceCall} of each
 * request that comes, a program calls {@link #infer} or fills in a {@link #request}. Thread-safe; no method blocks.
 */
public final class InferenceService {
    private final ModelCatalog models;
    private final Admission admission;
    private final TensorMemory memory;
    private final CodecThreads threads;
    private final Observers observers;
    private final @Nullable ModelDemand demand;
    private final RefusedRequests refused = new RefusedRequests();

    /** {@link #InferenceService(ModelCatalog, Admission, TensorMemory, CodecThreads, Observers, ModelDemand)} without one. */
    public InferenceService(ModelCatalog models, Admission admission, TensorMemory memory, CodecThreads threads,
            Observers observers) {
        this(models, admission, memory, threads, observers, null);
    }

    /**
     * A way to those models.
     *
     * @param admission the admission of all front ends together
     * @param memory where tensors lie that are made for answers
     * @param threads where long messages are read and written
     * @param observers who wants to know what becomes of requests
     * @param demand loads models that are asked for; null where none are
     */
    public InferenceService(ModelCatalog models, Admission admission, TensorMemory memory, CodecThreads threads,
            Observers observers, @Nullable ModelDemand demand) {
        this.models = models;
        this.admission = admission;
        this.memory = memory;
        this.threads = threads;
        this.observers = observers;
        this.demand = demand;
    }

    /** The models there are. */
    public ModelCatalog models() {
        return models;
    }

    /** Requests for which no model version was found. */
    public RefusedRequests refused() {
        return refused;
    }

    /**
     * {@link ModelCatalog#acquireForRequest}; an error is counted.
     *
     * @throws InferenceException NOT_FOUND, UNAVAILABLE or INVALID_ARG, in Triton's words; UNAVAILABLE with the advice to
     *     try again for a model that is not loaded yet, which is loaded now
     */
    ModelHandle<ServedModel> acquire(String model, String version) throws InferenceException {
        ModelHandle<ServedModel> handle = acquireUnlessAwaited(model, version);
        if (handle == null) { // the message names its model where nobody looks for it before it is read
            throw loadedForTheNext(Objects.requireNonNull(demand), model, version, "", "try again");
        }
        return handle;
    }

    /**
     * The same, but null for a model that is loaded when it is asked for, and is not loaded.
     *
     * @throws InferenceException as {@link #acquire}
     */
    @Nullable
    ModelHandle<ServedModel> acquireUnlessAwaited(String model, String version) throws InferenceException {
        ModelDemand loads = demand;
        if (loads != null) {
            loads.asked(model);
        }
        try {
            return models.acquireForRequest(model, version);
        } catch (InferenceException e) {
            if (loads != null && loads.knows(model)) { // its aliases are known with it
                return null;
            }
            refused.recordUnserved(e);
            throw e;
        }
    }

    /** Loads models that are asked for; null where none are. */
    @Nullable
    ModelDemand demand() {
        return demand;
    }

    /** The error of a request that does not wait for its model, which is loaded all the same. */
    private InferenceException loadedForTheNext(ModelDemand loads, String model, String version, String client,
            String why) {
        loads.await(model, version, new Passer(client));
        InferenceException e = new InferenceException(ErrorCode.UNAVAILABLE,
                "model '" + model + "' is not loaded yet, " + why).withRetryAfter(1);
        refused.recordUnserved(e);
        return e;
    }

    /** Waits for a model that its request does not wait for: the next one finds it. */
    private record Passer(String client) implements ModelDemand.Waiter {
        @Override
        public void waits(Cancellation cancellation) {
            // nobody cancels it
        }

        @Override
        public void loaded(ModelHandle<ServedModel> held) {
            held.release();
        }

        @Override
        public void refused(InferenceException error) {
            // the next request is told
        }
    }

    /** How many bytes all requests may hold that are in flight. */
    public long maxBytes() {
        return admission.maxBytes();
    }

    /**
     * A call whose message has come.
     *
     * @param arrival what observers of the request may want to know; null where it is not observed
     */
    public InferenceCall call(InferenceTransport<?> transport, @Nullable Arrival arrival) {
        return new StatefulCall<>(this, transport, arrival);
    }

    /**
     * Admits a request of {@code bytes} bytes to a model that the caller has acquired.
     *
     * @param client the account of its connection; null for a program in this process
     * @throws InferenceException UNAVAILABLE if too much is in flight
     */
    Admission.Ticket admit(@Nullable Account client, ModelHandle<ServedModel> model, long bytes)
            throws InferenceException {
        try {
            Account account = client == null ? admission.ledger().detached() : client;
            return admission.admit(account, bytes, model.model().inFlight());
        } catch (InferenceException e) {
            model.model().statistics().recordRejection(Rejection.OVERLOAD);
            throw e;
        }
    }

    /**
     * Admits a request that waits for its model, and counts there. What waits holds at most half of what all requests may:
     * the other half is for those whose models are loaded.
     *
     * @param client whose request it is
     * @throws InferenceException UNAVAILABLE if too much is in flight or waits
     */
    Admission.Ticket admitWaiting(InferenceTransport<?> transport, ModelDemand loads, String model, String version,
            String client) throws InferenceException {
        if (transport.isAdmittedAlways()) {
            return admission.admitAlways(transport.bytes(), loads.waiting());
        }
        long most = admission.maxBytes() / 2;
        Account account = transport.account();
        Admission.Ticket ticket = admission.admit(account == null ? admission.ledger().detached() : account,
                transport.bytes(), loads.waiting());
        // Counted by now: of several at once, none finds room that another one takes.
        long before = loads.waiting().bytes() - transport.bytes();
        if (transport.bytes() > most - before) {
            ticket.release();
            throw loadedForTheNext(loads, model, version, client, "and requests that wait for models hold " + before
                    + " bytes (expected at most " + most + " with this one's " + transport.bytes()
                    + ", half of --max-inflight-bytes); try again");
        }
        return ticket;
    }

    /** Admits a request that is a part of one that was admitted; it counts, whatever the limits are. */
    Admission.Ticket admitAlways(ModelHandle<ServedModel> model, long bytes) {
        return admission.admitAlways(bytes, model.model().inFlight());
    }

    /** Where tensors lie that are made for answers. */
    TensorMemory memory() {
        return memory;
    }

    /** Where long messages are read and written. */
    CodecThreads threads() {
        return threads;
    }

    /** Who observes requests. */
    Observers observers() {
        return observers;
    }

    /**
     * A request to the highest ready version of a model, for a program in the same process: to be filled in and sent.
     */
    public InProcessRequest request(String model) {
        return new InProcessRequest(this, memory, model);
    }

    /**
     * Runs a request without a network. The server owns the request from here on, also if this throws; the listener
     * receives the responses and must release each of them, as their memory counts against the server's limits.
     *
     * @param version its number in decimal digits; empty for the highest that is ready
     * @return what cancels it
     * @throws InferenceException what a client would get; the listener is not called then
     */
    public Cancellation infer(String model, String version, ClientRequest request, ResponseListener listener)
            throws InferenceException {
        InProcessTransport transport = new InProcessTransport(model, version, request, listener);
        InferenceCall call = call(transport, null);
        call.serve(model, version);
        transport.check();
        return call::cancel;
    }
}
