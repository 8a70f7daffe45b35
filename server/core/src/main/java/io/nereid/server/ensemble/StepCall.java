package io.nereid.server.ensemble;

import io.nereid.inference.Cancellation;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.RequestTimes;
import io.nereid.inference.ResponseListener;
import io.nereid.scheduler.Alarm;
import org.jspecify.annotations.Nullable;

/** One request of an {@link EnsembleRun} to the model of a step. Thread-safe. */
final class StepCall implements ResponseListener, Runnable, Cancellation {
    private final EnsembleScheduler ensemble;
    private final EnsembleRun run;
    private final EnsembleGraph.Step step;
    private final Scope scope;
    private final EnsembleStep target;
    private final StepRequest request;
    private volatile @Nullable Cancellation cancellation;
    private volatile boolean cancelled;
    /** Goes off if models wait for each other through this request; null where none do. */
    private volatile Alarm.@Nullable Setting cycleLimit;
    /** Why it was cancelled, if models waited for each other for too long. */
    private volatile @Nullable InferenceException expired;

    /**
     * A request that has not been started.
     *
     * @param request whose memory is this call's until it is started or {@link #drop dropped}
     */
    StepCall(EnsembleScheduler ensemble, EnsembleRun run, EnsembleGraph.Step step, Scope scope, StepRequest request) {
        this.ensemble = ensemble;
        this.run = run;
        this.step = step;
        this.scope = scope;
        this.target = ensemble.step(step.index());
        this.request = request;
    }

    EnsembleGraph.Step step() {
        return step;
    }

    Scope scope() {
        return scope;
    }

    RequestTimes times() {
        return request.times();
    }

    /** Starts it, now or when the step's limit allows; on any thread, without a lock. */
    void begin() {
        CallCycle cycle = ensemble.cycle(step);
        if (cycle.isClosed()) {
            cycleLimit = ensemble.alarm().in(CallCycle.LIMIT_NANOS, () -> expire(cycle));
        }
        target.limit().enter(this);
    }

    private void expire(CallCycle cycle) {
        if (request.times().startNanos() == null) {
            expired = new InferenceException(ErrorCode.INTERNAL, cycle.text());
            cancel();
        }
    }

    /** There is room: the model gets it. */
    @Override
    public void run() {
        if (cancelled) {
            drop();
            onError(new InferenceException(ErrorCode.CANCELLED, "the request was cancelled before step "
                    + step.index() + ", model '" + step.model() + "', had begun"));
            return;
        }
        Cancellation started = target.model().start(request, this);
        cancellation = started;
        if (cancelled) {
            started.cancel();
        }
    }

    private void drop() {
        request.request().memory().release();
    }

    /** Nobody wants the answer any more; the run receives the end all the same. */
    @Override
    public void cancel() {
        cancelled = true;
        Cancellation started = cancellation;
        if (started != null) {
            started.cancel();
        } else if (target.limit().withdraw(this)) {
            drop();
            stopCycleLimit();
            run.failed(this, reason(new InferenceException(ErrorCode.CANCELLED, "the request was cancelled while it"
                    + " waited for max_inflight_requests of step " + step.index() + ", model '" + step.model() + "'")));
        }
    }

    @Override
    public void onResponse(InferenceResponse response, boolean last) {
        if (!last) {
            run.awaitRoom();
        }
        run.responded(this, response, last);
        if (last) {
            leave();
        }
    }

    @Override
    public void onFailedResponse(InferenceException error) {
        run.failedResponse(this, error);
    }

    @Override
    public void onEnd() {
        if (step.decoupled()) {
            run.ended(this);
            leave();
        } else {
            ResponseListener.super.onEnd();
        }
    }

    @Override
    public void onError(InferenceException error) {
        run.failed(this, reason(error));
        leave();
    }

    /** What the run is told of an error: why the request was cancelled, if models waited for each other. */
    private InferenceException reason(InferenceException error) {
        InferenceException late = expired;
        return late != null && error.code() == ErrorCode.CANCELLED ? late : error;
    }

    private void leave() {
        stopCycleLimit();
        target.limit().ended();
    }

    private void stopCycleLimit() {
        Alarm.Setting limit = cycleLimit;
        if (limit != null) {
            limit.cancel();
        }
    }
}
