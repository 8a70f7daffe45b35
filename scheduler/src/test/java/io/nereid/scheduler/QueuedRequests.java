package io.nereid.scheduler;

import io.nereid.inference.CorrelationId;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.Lease;
import io.nereid.inference.Outcome;
import io.nereid.inference.RecordingListener;
import io.nereid.inference.RequestOptions;

import java.util.List;
import java.util.Map;

/** Requests as a queue holds them, for tests without a scheduler. */
public final class QueuedRequests {
    private QueuedRequests() {}

    /** A request that came at {@code nanos} and goes together with any other. */
    public static QueuedRequest of(InferenceRequest request, long nanos) {
        return of(request, BatchKey.ANY, nanos);
    }

    /** A request that came at {@code nanos}. */
    public static QueuedRequest of(InferenceRequest request, BatchKey key, long nanos) {
        return new BatchQueueEntry(request, new RecordingListener(), key, nanos, QueuedRequests::nobodyCancels);
    }

    /** A request over no memory that asks the scheduler for something. */
    static InferenceRequest asking(String id, int rows, long priority, long timeoutMicros) {
        return new InferenceRequest(id, List.of(), List.of(), rows,
                new RequestOptions(priority, timeoutMicros, CorrelationId.none(), false, false), Map.of(), Lease.NONE);
    }

    /** Marks a request as cancelled. */
    public static void cancel(QueuedRequest request) {
        request.markCancelled();
    }

    /** Notifies what runs a request that it was cancelled, as a scheduler does. */
    public static void notifyExecution(QueuedRequest request) {
        Execution execution = request.execution;
        if (execution != null) {
            execution.cancel(request);
        }
    }

    /** Gives the outcome to the listener, as a scheduler without an order of responses does. */
    public static void deliver(QueuedRequest request, Outcome outcome) {
        outcome.sendTo(request.listener());
    }

    /** What {@link QueuedRequest#cancel} does where there is no scheduler: nothing. */
    public static void nobodyCancels(QueuedRequest request) {
        // There is nowhere to take it out of.
    }
}
