package io.nereid.server.inference;

import io.nereid.inference.Cancellation;
import io.nereid.inference.InferenceException;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorMemory;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.model.ServedModel;
import io.nereid.server.observation.Observation;
import io.nereid.server.protocol.Admission;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.statistics.Rejection;
import org.jspecify.annotations.Nullable;

/**
 * Lets inference requests in. Front ends take the steps one by one, since they read a request only when it is let in; a
 * program that has the server in its own process calls {@link #infer}. Thread-safe; no method blocks.
 */
public final class InferenceService {
    private final ModelCatalog models;
    private final Admission admission;
    private final TensorMemory memory;
    private final RefusedRequests refused = new RefusedRequests();

    /**
     * A way to those models.
     *
     * @param admission the gate of all front ends together
     * @param memory where tensors lie that are made for answers
     */
    public InferenceService(ModelCatalog models, Admission admission, TensorMemory memory) {
        this.models = models;
        this.admission = admission;
        this.memory = memory;
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
     * {@link ModelCatalog#acquire}, for a request: a refusal is counted.
     *
     * @throws InferenceException NOT_FOUND, UNAVAILABLE or INVALID_ARG, in Triton's words
     */
    public ModelHandle<ServedModel> acquire(String model, String version) throws InferenceException {
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
     * Lets in a request of {@code bytes} bytes to a model that the caller has acquired, and that is the request's from here
     * on; if this throws, it is released.
     *
     * @param observation hears of its way through the model; null where nobody asks
     * @throws InferenceException UNAVAILABLE if too much is in flight
     */
    public AdmittedRequest admit(ModelHandle<ServedModel> model, long bytes, @Nullable Observation observation)
            throws InferenceException {
        try {
            return new AdmittedRequest(model, admission.admit(bytes, model.model().inFlight()), memory, observation);
        } catch (InferenceException e) {
            model.model().statistics().recordRejection(Rejection.OVERLOAD);
            model.release();
            throw e;
        }
    }

    /** A request to the highest ready version of a model, for a program in the same process: to be filled in and sent. */
    public InProcessRequest request(String model) {
        return new InProcessRequest(this, memory, model);
    }

    /**
     * Runs a request without a network. The server owns the request from here on, also if this throws; the listener hears
     * the responses and must release each of them, as their memory counts against the server's limits.
     *
     * @param version its number in decimal digits; empty for the highest that is ready
     * @return the way to give it up
     * @throws InferenceException what a client would be told; the listener hears nothing then
     */
    public Cancellation infer(String model, String version, ClientRequest request, ResponseListener listener)
            throws InferenceException {
        AdmittedRequest admitted;
        try {
            admitted = admit(acquire(model, version), bytes(request), null);
        } catch (InferenceException | RuntimeException | Error e) {
            request.release();
            throw e;
        }
        InProcessCall call = new InProcessCall(admitted, listener);
        try {
            return admitted.submit(request, call);
        } catch (InferenceException | RuntimeException | Error e) {
            call.end();
            throw e;
        }
    }

    private static long bytes(ClientRequest request) {
        return request.inputs().stream().mapToLong(Tensor::byteSize).sum();
    }
}
