package io.nereid.scheduler;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.scheduler.tuning.DrainEstimate;
import io.nereid.scheduler.tuning.LatencyTuner;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.OptionalLong;

/**
 * What the scheduler does with what it learns of a model's executions (docs/batching.md): rejects at arrival what
 * would be answered too late, since that would only take the time of those that can still be answered in theirs; keeps
 * batches small that would gain nothing by being large; and where a model has a latency target, says how large batches
 * may get. Used under the scheduler's lock.
 */
public final class LoadControl {
    private static final long NANOS_PER_MICRO = 1_000;
    private static final long NANOS_PER_SECOND = 1_000_000_000;
    private static final int MAX_RETRY_SECONDS = 60;

    private final DrainEstimate estimate;
    private final boolean adaptive;
    private final long targetNanos;
    private final @Nullable LatencyTuner tuner;

    private LoadControl(DrainEstimate estimate, boolean adaptive, long targetNanos, @Nullable LatencyTuner tuner) {
        this.estimate = estimate;
        this.adaptive = adaptive;
        this.targetNanos = targetNanos;
        this.tuner = tuner;
    }

    /**
     * Rejects what would be answered after its timeout.
     *
     * @param instances how many run at once
     * @param maxBatchSize rows that run together at most
     * @param adaptive whether batches stay small where they were measured to gain nothing
     */
    public static LoadControl of(int instances, int maxBatchSize, boolean adaptive) {
        return new LoadControl(new DrainEstimate(instances, maxBatchSize), adaptive, 0, null);
    }

    /**
     * Keeps the p99 of the latency under a target, by the size of batches and by rejecting what would be answered
     * later; timeouts hold too.
     */
    public static LoadControl byTarget(int instances, int maxBatchSize, boolean adaptive, long targetNanos) {
        DrainEstimate estimate = new DrainEstimate(instances, maxBatchSize);
        return new LoadControl(estimate, adaptive, targetNanos, new LatencyTuner(targetNanos, estimate));
    }

    /** Why {@code request} should not be queued if it came now, or null. */
    @Nullable
    InferenceException errorOf(RequestQueue queue, InferenceRequest request, long nowNanos) {
        long timeout = queue.nanosToReject(request);
        long rowsAhead = queue.rowsAhead(request);
        int rows = Math.max(1, request.batchSize());
        if (timeout > 0 && !estimate.admits(rowsAhead, rows, timeout, nowNanos)) {
            return tooLate("Request timeout expired", "its timeout of " + timeout / NANOS_PER_MICRO + " us", rowsAhead,
                    rows, nowNanos);
        }
        if (tuner != null && !tuner.admits(rowsAhead, rows, nowNanos)) {
            return tooLate("Latency target out of reach", "batching.target_p99_us " + targetNanos / NANOS_PER_MICRO,
                    rowsAhead, rows, nowNanos);
        }
        return null;
    }

    private InferenceException tooLate(String what, String limit, long rowsAhead, int rows, long nowNanos) {
        long predictedMicros = estimate.answerNanos(rowsAhead, rows, nowNanos) / NANOS_PER_MICRO;
        return new InferenceException(ErrorCode.UNAVAILABLE, what + ": the answer is predicted after " + predictedMicros
                + " us (expected within " + limit + ")").withRetryAfter(retryAfterSeconds(rowsAhead, nowNanos));
    }

    /** When what is queued now will have been run. */
    private int retryAfterSeconds(long rowsAhead, long nowNanos) {
        long seconds = 1 + estimate.startNanos(rowsAhead, nowNanos) / NANOS_PER_SECOND;
        return Math.clamp(seconds, 1, MAX_RETRY_SECONDS);
    }

    /** How long a request that came now would wait for an instance; absent while no execution was measured. */
    OptionalLong waitNanos(RequestQueue queue, long nowNanos) {
        return estimate.largestMeasured() == 0 ? OptionalLong.empty()
                : OptionalLong.of(estimate.startNanos(queue.rows(), nowNanos));
    }

    /** Rows that an idle instance should take at most. */
    int maxRows(RequestQueue queue) {
        return adaptive ? estimate.maxRows(queue.rows()) : Integer.MAX_VALUE;
    }

    /** There is an instance of that number from now on. */
    void added(int instance) {
        estimate.add(instance);
    }

    /** There is none of that number any more. */
    void removed(int instance) {
        estimate.remove(instance);
    }

    /** Instance number {@code instance} has taken a batch. */
    void started(int instance, List<QueuedRequest> batch, long nowNanos) {
        int rows = 0;
        for (int i = 0; i < batch.size(); i++) {
            rows += Math.max(1, batch.get(i).request().batchSize());
        }
        estimate.started(instance, rows, nowNanos);
    }

    /** The instance has run its batch, and the requests in it are about to be answered. */
    void finished(int instance, List<QueuedRequest> batch, RequestQueue queue, long nowNanos) {
        estimate.finished(instance, nowNanos);
        if (tuner == null) {
            return;
        }
        for (int i = 0; i < batch.size(); i++) {
            tuner.answered(nowNanos - batch.get(i).queuedNanos());
        }
        if (tuner.adjust()) {
            queue.limit(tuner.maxRows(), tuner.delayNanos());
        }
    }

    /** The instance has stopped in the middle of its batch. */
    void abandoned(int instance) {
        estimate.abandoned(instance);
    }
}
