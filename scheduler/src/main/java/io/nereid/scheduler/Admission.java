package io.nereid.scheduler;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.statistics.ModelStatistics;
import io.nereid.statistics.Rejection;
import org.jspecify.annotations.Nullable;

import java.util.function.Supplier;

/** Which requests enter the queue, and what those receive that do not. Used under the scheduler's lock. */
final class Admission {
    private final RequestQueue queue;
    /** Predicts what would be answered too late; null where nothing does. */
    private final @Nullable LoadControl control;
    private final ModelStatistics statistics;
    private boolean closed;
    /** Why nothing can be run at the moment; null where instances work. */
    private @Nullable Supplier<InferenceException> suspension;

    Admission(RequestQueue queue, @Nullable LoadControl control, ModelStatistics statistics) {
        this.queue = queue;
        this.control = control;
        this.statistics = statistics;
    }

    /** No new request is queued any more. */
    void close() {
        closed = true;
    }

    /** From now on nothing is queued: each receives what {@code error} makes. */
    void suspend(Supplier<InferenceException> error) {
        suspension = error;
    }

    void resume() {
        suspension = null;
    }

    /** Queues the request, or returns why it is rejected. */
    @Nullable
    InferenceException offer(QueuedRequest queued) {
        if (closed) {
            return new InferenceException(ErrorCode.UNAVAILABLE,
                    "Server is stopping, scheduler for model has stopped accepting new inference requests");
        }
        if (suspension != null) {
            statistics.recordRejection(Rejection.NO_INSTANCE);
            return suspension.get();
        }
        Refusal refusal = queue.refusal(queued);
        if (refusal != null) {
            statistics.recordRejection(refusal.reason());
            return refusal.error();
        }
        InferenceException tooLate = control == null ? null
                : control.errorOf(queue, queued.request(), queued.queuedNanos());
        if (tooLate != null) {
            statistics.recordRejection(Rejection.TIMEOUT);
            return tooLate;
        }
        if (!queue.offer(queued)) {
            statistics.recordRejection(Rejection.QUEUE_FULL);
            return new InferenceException(ErrorCode.UNAVAILABLE, "Exceeds maximum queue size").withRetryAfter(1);
        }
        return null;
    }

    /** Queues a request of an iterative sequence again, or says why that is not possible; then it is released. */
    @Nullable
    Refusal reschedule(QueuedRequest request, long nowNanos) {
        Refusal refusal;
        if (request.isCancelled()) {
            refusal = new Refusal(Rejection.CANCELLED, new InferenceException(ErrorCode.CANCELLED,
                    "the request was cancelled between two of its executions"));
        } else if (suspension != null) {
            refusal = new Refusal(Rejection.NO_INSTANCE, suspension.get());
        } else {
            refusal = queue.reschedule(request, nowNanos);
        }
        if (refusal != null) {
            queue.released(request);
        }
        return refusal;
    }
}
