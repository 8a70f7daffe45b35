package io.nereid.scheduler.sequence;

import io.nereid.inference.Cancellation;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.ResponseListener;
import io.nereid.scheduler.BatchScheduler;
import io.nereid.scheduler.ForwardingScheduler;

/**
 * Takes the requests to a model with sequence batching: checks what such a request must have, gives it its control
 * inputs and queues it at the scheduler over a {@link SequenceQueue}. Thread-safe.
 */
public final class SequenceScheduler extends ForwardingScheduler {
    private final String model;
    private final SequenceControls controls;
    private final BatchScheduler scheduler;

    /**
     * A scheduler before that one.
     *
     * @param model the model's name, for texts
     */
    public SequenceScheduler(String model, SequenceControls controls, BatchScheduler scheduler) {
        super(scheduler);
        this.model = model;
        this.controls = controls;
        this.scheduler = scheduler;
    }

    /**
     * {@inheritDoc}
     *
     * @throws InferenceException INVALID_ARG if it has several rows, no correlation id or one of the wrong kind, or
     *     begins no sequence and belongs to none
     */
    @Override
    public Cancellation enqueue(InferenceRequest request, ResponseListener listener) throws InferenceException {
        check(request);
        SequenceControls.Controlled controlled = controls.control(request);
        try {
            return scheduler.enqueue(controlled.request(), listener);
        } catch (InferenceException | RuntimeException | Error e) {
            controlled.added().release();
            throw e;
        }
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
