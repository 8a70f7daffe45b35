package io.nereid.scheduler;

import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;
import io.nereid.inference.Outcome;
import io.nereid.statistics.FailureReason;
import io.nereid.statistics.ModelStatistics;
import io.nereid.statistics.Rejection;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.function.Supplier;

/**
 * Hands on to listeners what became of their requests, in the order in which those came where the order is kept.
 * Thread-safe; called without the scheduler's lock, but for {@link #expect}.
 */
final class Answers {
    private final NanoClock clock;
    private final ModelStatistics statistics;
    private final InternalErrorLog internalErrors;
    private final @Nullable ResponseOrder order;
    private final Supplier<InferenceException> timeoutErrors;

    /** @param timeoutErrors makes what a request receives that has waited too long */
    Answers(SchedulerEnvironment environment, boolean preserveOrdering, Supplier<InferenceException> timeoutErrors) {
        this.clock = environment.clock();
        this.statistics = environment.statistics();
        this.internalErrors = environment.internalErrors();
        this.order = preserveOrdering ? new ResponseOrder(this::send) : null;
        this.timeoutErrors = timeoutErrors;
    }

    /** A request was queued; called under the scheduler's lock, in the order in which they are. */
    void expect(QueuedRequest request) {
        if (order != null) {
            order.expect(request);
        }
    }

    /** An execution has ended: the request's listener receives the outcome. */
    void deliver(QueuedRequest request, Outcome outcome) {
        if (order == null) {
            send(request, outcome);
        } else {
            order.settle(request, outcome);
        }
    }

    /** Ends requests that have waited too long. */
    void rejectExpired(List<QueuedRequest> expired) {
        for (int i = 0; i < expired.size(); i++) {
            reject(expired.get(i), Rejection.TIMEOUT, timeoutErrors.get());
        }
    }

    /** Ends a request that has left the queue without running; it does not wait for those before it. */
    void reject(QueuedRequest request, Rejection reason, InferenceException error) {
        try {
            request.request().memory().release();
        } catch (Throwable e) {
            internalErrors.unexpected("the memory of a request", e);
        }
        statistics.recordFailure(failureReason(reason), clock.nanoTime() - request.arrivedNanos());
        statistics.recordRejection(reason);
        send(request, error);
        if (order != null) {
            order.settle(request, null);
        }
    }

    private static FailureReason failureReason(Rejection reason) {
        return switch (reason) {
            case CANCELLED -> FailureReason.CANCELED;
            case NO_INSTANCE -> FailureReason.BACKEND;
            default -> FailureReason.REJECTED;
        };
    }

    private void send(QueuedRequest request, Outcome outcome) {
        try {
            outcome.sendTo(request.listener());
        } catch (Throwable e) { // it must harm no other request
            internalErrors.unexpected("a listener of responses", e);
        }
    }
}
