package io.nereid.server.inference;

import io.nereid.inference.Cancellation;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorMemory;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.model.ServedModel;
import io.nereid.server.observation.Observation;
import io.nereid.server.protocol.Admission;
import io.nereid.server.protocol.Classification;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.OutputTarget;
import io.nereid.server.protocol.RequestValidator;
import io.nereid.server.protocol.RequestedOutput;
import io.nereid.statistics.Rejection;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * An inference request that was let in, and what it holds: its model and the targets of its outputs until its last answer
 * is made, its ticket until that is written or dropped. Its owner calls {@link #finish} once, and releases the
 * {@link #ticket} once. Not thread-safe: handed from thread to thread.
 */
public final class AdmittedRequest {
    private final ModelHandle<ServedModel> model;
    private final Admission.Ticket ticket;
    private final TensorMemory memory;
    private final @Nullable Observation observation;
    private List<RequestedOutput> outputs = List.of();

    AdmittedRequest(ModelHandle<ServedModel> model, Admission.Ticket ticket, TensorMemory memory,
            @Nullable Observation observation) {
        this.model = model;
        this.ticket = ticket;
        this.memory = memory;
        this.observation = observation;
    }

    /** The model, held until {@link #finish}. */
    public ModelHandle<ServedModel> model() {
        return model;
    }

    /** What the request counts with at the server's gate. */
    public Admission.Ticket ticket() {
        return ticket;
    }

    /** Hears what becomes of it; null where nobody asks. */
    public @Nullable Observation observation() {
        return observation;
    }

    /**
     * Holds a request against the model and queues it; called at most once. The targets of its outputs are this object's
     * from here on, whatever happens. If it throws, it has released the request's memory, and the listener hears nothing.
     *
     * @return the way to give it up
     * @throws InferenceException if the request does not fit the model, or its queue does not take it
     */
    public Cancellation submit(ClientRequest request, ResponseListener listener) throws InferenceException {
        outputs = request.outputs();
        ServedModel served = model.model();
        if (observation != null) {
            observation.named(request.id());
        }
        try {
            InferenceRequest valid = valid(request);
            if (observation == null) {
                return served.enqueue(valid, listener);
            }
            observation.submitted(valid);
            return served.enqueue(valid.withTimes(observation.times()), observation.before(listener));
        } catch (InferenceException | RuntimeException | Error e) {
            request.memory().release();
            throw e;
        }
    }

    private InferenceRequest valid(ClientRequest request) throws InferenceException {
        try {
            return RequestValidator.validate(model.model().signature(), request);
        } catch (InferenceException e) {
            model.model().statistics().recordRejection(Rejection.MISMATCH);
            throw e;
        }
    }

    /**
     * A response of the model as the client asked for it: with classes in place of tensors, and without the data of outputs
     * that have a target, which has been written there. It owns the memory of the one passed in; if this fails, that one is
     * still the caller's. Blocks as long as copying takes.
     *
     * @throws InferenceException INVALID_ARG if an output cannot be classified, INTERNAL if it does not fit its target
     */
    public InferenceResponse shape(InferenceResponse response) throws InferenceException {
        InferenceResponse classified = Classification.apply(model.model().signature(), outputs, response, memory);
        if (outputs.stream().allMatch(output -> output.target() == null)) {
            return classified; // nothing of both is ever asked of one output
        }
        List<Tensor> placed = new ArrayList<>(classified.outputs().size());
        for (Tensor output : classified.outputs()) {
            placed.add(placed(output));
        }
        return new InferenceResponse(placed, classified.parameters(), classified.memory());
    }

    private Tensor placed(Tensor output) throws InferenceException {
        for (RequestedOutput asked : outputs) {
            OutputTarget target = asked.target();
            if (target != null && asked.name().equals(output.name())) {
                target.write(output.name(), output.data());
                return new Tensor(output.name(), output.dataType(), output.shape(), MemorySegment.NULL);
            }
        }
        return output;
    }

    /** Counts a request whose client went away before it was read. */
    public void recordAbandoned() {
        model.model().statistics().recordRejection(Rejection.CANCELLED);
    }

    /** Counts a request that could not be read. */
    public void recordUnread(InferenceException error) {
        boolean full = error.code() == ErrorCode.UNAVAILABLE; // no memory is left for its tensors
        model.model().statistics().recordRejection(full ? Rejection.OVERLOAD : Rejection.MALFORMED);
    }

    /** A step of reading a request. */
    @FunctionalInterface
    public interface Reading<T> {
        /** Takes the step. */
        T read() throws InferenceException;
    }

    /**
     * What a step of reading the request gives; if it fails, that is counted.
     *
     * @throws InferenceException what the step throws
     */
    public <T> T reading(Reading<T> step) throws InferenceException {
        try {
            return step.read();
        } catch (InferenceException e) {
            recordUnread(e);
            throw e;
        }
    }

    /** Gives back all but the ticket: no more answers will be made. */
    public void finish() {
        for (RequestedOutput output : outputs) {
            OutputTarget target = output.target();
            if (target != null) {
                target.release();
            }
        }
        model.release();
    }
}
