package io.nereid.server.ensemble;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.RequestTimes;
import io.nereid.statistics.FailureReason;
import io.nereid.statistics.ModelStatistics;
import io.nereid.statistics.ResponseEnd;
import org.jspecify.annotations.Nullable;

/**
 * How long one request to an ensemble takes, and the sums over its steps. Not thread-safe: used under the lock of its
 * {@link EnsembleRun}, and by whoever ends it.
 */
final class RunTimes {
    private final InferenceRequest request;
    private final long startNanos;
    private long inputNanos;
    private long inferNanos;
    private long outputNanos;
    private int responses;
    private long responseNanos;

    RunTimes(InferenceRequest request, long startNanos) {
        this.request = request;
        this.startNanos = startNanos;
        this.responseNanos = startNanos;
        RequestTimes noted = request.times();
        if (noted != null) {
            noted.queued(startNanos);
            noted.started(startNanos);
        }
    }

    /** A step has ended. */
    void add(RequestTimes step) {
        RequestTimes.Executed executed = step.executed();
        if (executed != null) {
            inputNanos += executed.inputsReadyNanos() - executed.startNanos();
            inferNanos += executed.outputsStartNanos() - executed.inputsReadyNanos();
            outputNanos += executed.endNanos() - executed.outputsStartNanos();
        }
    }

    /** A response of a decoupled ensemble is made. */
    void response(ModelStatistics statistics, long nowNanos) {
        if (responses == 0) {
            statistics.recordFirstResponse(nowNanos - startNanos);
        }
        statistics.recordResponse(responses, nowNanos - responseNanos, 0);
        responses++;
        responseNanos = nowNanos;
    }

    /** The request has ended. */
    void end(EnsembleScheduler ensemble, @Nullable InferenceException error) {
        long now = ensemble.clock().nanoTime();
        RequestTimes noted = request.times();
        if (noted != null) {
            noted.executed(new RequestTimes.Executed(request.batchSize(), startNanos, startNanos, now, now));
        }
        ModelStatistics statistics = ensemble.statistics();
        if (error != null) {
            boolean cancelled = error.code() == ErrorCode.CANCELLED;
            statistics.recordFailure(cancelled ? FailureReason.CANCELED : FailureReason.OTHER, now - startNanos);
        } else {
            ensemble.executions().recordComposed(request.batchSize(), now - startNanos, inputNanos, inferNanos,
                    outputNanos, !ensemble.graph().decoupled());
        }
        if (ensemble.graph().decoupled()) {
            statistics.recordEnd(responses, error == null ? ResponseEnd.EMPTY : ResponseEnd.FAIL, now - responseNanos);
        }
    }
}
