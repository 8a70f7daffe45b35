package io.nereid.server.inference;

import io.nereid.inference.Cancellation;
import io.nereid.inference.InferenceException;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.TensorMemory;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.ledger.Account;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.model.ServedModel;
import io.nereid.server.observation.Arrival;
import io.nereid.server.observation.Observers;
import io.nereid.server.protocol.Admission;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.statistics.Rejection;
import org.jspecify.annotations.Nullable;

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
    private final RefusedRequests refused = new RefusedRequests();

    /**
     * A way to those models.
     *
     * @param admission the admission of all front ends together
     * @param memory where tensors lie that are made for answers
     * @param threads where long messages are read and written
     * @param observers who wants to know what becomes of requests
     */
    public InferenceService(ModelCatalog models, Admission admission, TensorMemory memory, CodecThreads threads,
            Observers observers) {
        this.models = models;
        this.admission = admission;
        this.memory = memory;
        this.threads = threads;
        this.observers = observers;
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
     * {@link ModelCatalog#acquire}, for a request: an error is counted.
     *
     * @throws InferenceException NOT_FOUND, UNAVAILABLE or INVALID_ARG, in Triton's words
     */
    ModelHandle<ServedModel> acquire(String model, String version) throws InferenceException {
        try {
            return models.acquire(model, version);
        } catch (InferenceException e) {
            refused.recordUnserved(e);
            throw e;
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
