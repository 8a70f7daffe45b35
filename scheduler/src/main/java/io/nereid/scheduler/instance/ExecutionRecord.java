package io.nereid.scheduler.instance;

import io.nereid.inference.RequestTimes;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.statistics.CloseReason;
import io.nereid.statistics.FailureReason;
import io.nereid.statistics.InstanceStatistics;
import io.nereid.statistics.ResponseEnd;

/**
 * Records an execution that has ended in the statistics of its instance and of the model version: first its requests, one
 * by one, then itself. Keeps nothing of it. Used by the thread that runs the instance.
 */
final class ExecutionRecord {
    private final InstanceStatistics instance;
    private final InstanceEnvironment environment;
    private final ExecutionTimes times;

    /** @param times of the execution that is recorded */
    ExecutionRecord(InstanceStatistics instance, InstanceEnvironment environment, ExecutionTimes times) {
        this.instance = instance;
        this.environment = environment;
        this.times = times;
    }

    /** The request keeps when it ran, if it wants to know. */
    void times(QueuedRequest queued, int rows) {
        RequestTimes wanted = queued.request().times();
        if (wanted != null) {
            wanted.executed(times.executed(rows));
        }
    }

    /** @param streamed whether the request's responses are recorded by their sender */
    void success(QueuedRequest queued, boolean streamed) {
        int batchSize = queued.request().batchSize();
        long queueNanos = times.startNanos() - queued.queuedNanos();
        if (streamed) {
            instance.recordStreamed(batchSize, queueNanos, times.inputNanos(), times.inferNanos(), times.outputNanos());
        } else {
            instance.recordSuccess(batchSize, queueNanos, times.inputNanos(), times.inferNanos(), times.outputNanos());
        }
    }

    void failure(QueuedRequest queued, FailureReason reason) {
        environment.statistics().recordFailure(reason, times.endNanos() - queued.arrivedNanos());
    }

    /** The one response of a request that could have had several. */
    void onlyResponse(boolean success) {
        if (success) {
            environment.statistics().recordResponse(0, times.inferNanos(), times.outputNanos());
        } else {
            environment.statistics().recordEnd(0, ResponseEnd.FAIL, times.inferNanos() + times.outputNanos());
        }
    }

    /**
     * All requests are recorded.
     *
     * @param anySuccess whether one of them was successful: without one it is no execution, but the instance was busy
     */
    void execution(int rows, CloseReason reason, boolean anySuccess) {
        if (anySuccess) {
            instance.recordExecution(rows, reason, times.inputNanos(), times.inferNanos(), times.outputNanos());
        } else {
            instance.recordFailedExecution(times.executionNanos());
        }
    }
}
