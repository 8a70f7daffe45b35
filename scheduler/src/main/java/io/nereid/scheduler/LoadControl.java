package io.nereid.scheduler;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.scheduler.tuning.DrainEstimate;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Refuses at arrival what would be answered too late: it would only take the time of those that can still be answered in
 * theirs, and under overload no answer would be in time any more (docs/batching.md). Used under the scheduler's lock.
 */
public final class LoadControl {
    private static final long NANOS_PER_MICRO = 1_000;
    private static final long NANOS_PER_SECOND = 1_000_000_000;
    private static final int LONGEST_RETRY_SECONDS = 60;

    private final DrainEstimate estimate;

    /**
     * A control that has seen nothing yet.
     *
     * @param instances how many run at once
     * @param maxBatchSize most rows that run together
     */
    public LoadControl(int instances, int maxBatchSize) {
        this.estimate = new DrainEstimate(instances, maxBatchSize);
    }

    /** Why {@code request} should not be queued if it came now, or null. */
    @Nullable
    InferenceException refusal(RequestQueue queue, InferenceRequest request, long nowNanos) {
        long timeout = queue.nanosToReject(request);
        long rowsAhead = queue.rowsAhead(request);
        int rows = Math.max(1, request.batchSize());
        if (timeout == 0 || estimate.admits(rowsAhead, rows, timeout, nowNanos)) {
            return null;
        }
        long predicted = estimate.answerNanos(rowsAhead, rows, nowNanos);
        return new InferenceException(ErrorCode.UNAVAILABLE, "Request timeout expired: its answer is predicted after "
                + predicted / NANOS_PER_MICRO + " us (expected within its timeout of " + timeout / NANOS_PER_MICRO
                + " us)").withRetryAfter(retryAfterSeconds(rowsAhead, nowNanos));
    }

    /** When what is queued now will have been run. */
    private int retryAfterSeconds(long rowsAhead, long nowNanos) {
        long seconds = 1 + estimate.startNanos(rowsAhead, nowNanos) / NANOS_PER_SECOND;
        return Math.clamp(seconds, 1, LONGEST_RETRY_SECONDS);
    }

    /** Instance number {@code instance} has taken a batch. */
    void started(int instance, List<QueuedRequest> batch, long nowNanos) {
        int rows = 0;
        for (int i = 0; i < batch.size(); i++) {
            rows += batch.get(i).rows;
        }
        estimate.started(instance, rows, nowNanos);
    }

    /** The instance has run its batch. */
    void finished(int instance, long nowNanos) {
        estimate.finished(instance, nowNanos);
    }

    /** The instance has stopped in the middle of its batch. */
    void abandoned(int instance) {
        estimate.abandoned(instance);
    }
}
