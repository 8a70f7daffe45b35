package io.nereid.scheduler.sequence;

import io.nereid.inference.Cancellation;
import io.nereid.inference.CorrelationId;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.Lease;
import io.nereid.inference.ResponseListener;
import io.nereid.scheduler.BatchScheduler;
import io.nereid.scheduler.ForwardingScheduler;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Takes the requests to a model with sequence batching: checks what such a request must have, gives it its control
 * inputs and queues it at the scheduler over a {@link SequenceQueue}. Where sequences are iterative, a request that names
 * none gets one of its own. Thread-safe.
 */
public final class SequenceScheduler extends ForwardingScheduler {
    private final String model;
    private final SequenceControls controls;
    private final BatchScheduler scheduler;
    private final boolean iterative;
    /** The last number that the server has given to a sequence. */
    private final AtomicLong lastId = new AtomicLong();

    /**
     * A scheduler before that one.
     *
     * @param model the model's name, for texts
     * @param iterative whether requests may run several times
     */
    public SequenceScheduler(String model, SequenceControls controls, BatchScheduler scheduler, boolean iterative) {
        super(scheduler);
        this.model = model;
        this.controls = controls;
        this.scheduler = scheduler;
        this.iterative = iterative;
    }

    /**
     * {@inheritDoc}
     *
     * @throws InferenceException INVALID_ARG if it has several rows, no correlation id or one of the wrong kind, or
     *     begins no sequence and belongs to none
     */
    @Override
    public Cancellation enqueue(InferenceRequest request, ResponseListener listener) throws InferenceException {
        InferenceRequest named = iterative ? named(request) : request;
        check(named);
        SequenceControls.Controlled controlled = controls.control(named);
        try {
            return scheduler.enqueue(iterative ? lasting(controlled.request()) : controlled.request(), listener);
        } catch (InferenceException | RuntimeException | Error e) {
            controlled.added().release();
            throw e;
        }
    }

    /** The request as one of a sequence: where the client has named none, it is the first of one that no other finds. */
    private InferenceRequest named(InferenceRequest request) {
        if (!request.options().sequenceId().isNone()) {
            return request;
        }
        return request.with(request.inputs(),
                request.options().inSequence(CorrelationId.ofServer(lastId.incrementAndGet()), true, false));
    }

    /** The request over memory that backends can hold, too, while it may run again. */
    private static InferenceRequest lasting(InferenceRequest request) {
        return request.withMemory(Lease.counted(request.memory()));
    }

    private void check(InferenceRequest request) throws InferenceException {
        if (request.batchSize() > 1) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "inference request to model '" + model
                    + "' must specify batch-size 1 due to requirements of sequence batcher");
        }
        if (request.options().sequenceId().isNone()) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "inference request to model '" + model
                    + "' must specify a non-zero or non-empty correlation ID");
        }
    }
}
