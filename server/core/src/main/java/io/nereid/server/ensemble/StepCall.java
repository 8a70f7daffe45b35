package io.nereid.server.ensemble;

import io.nereid.inference.Cancellation;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.RequestTimes;
import io.nereid.inference.ResponseListener;
import org.jspecify.annotations.Nullable;

/** One request of an {@link EnsembleRun} to the model of a step. Thread-safe. */
final class StepCall implements ResponseListener, Runnable, Cancellation {
    private final EnsembleRun run;
    private final EnsembleGraph.Step step;
    private final Scope scope;
    private final EnsembleStep target;
    private final StepRequest request;
    private volatile @Nullable Cancellation cancellation;
    private volatile boolean cancelled;

    /**
     * A request that has not been started.
     *
     * @param request whose memory is this call's until it is started or {@link #drop dropped}
     */
    StepCall(EnsembleRun run, EnsembleGraph.Step step, Scope scope, EnsembleStep target, StepRequest request) {
        this.run = run;
        this.step = step;
        this.scope = scope;
        this.target = target;
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
        target.limit().enter(this);
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
            run.failed(this, new InferenceException(ErrorCode.CANCELLED, "the request was cancelled while it waited for"
                    + " max_inflight_requests of step " + step.index() + ", model '" + step.model() + "'"));
        }
    }

    @Override
    public void onResponse(InferenceResponse response, boolean last) {
        if (!last) {
            run.awaitRoom();
        }
        run.responded(this, response, last);
        if (last) {
            target.limit().ended();
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
            target.limit().ended();
        } else {
            ResponseListener.super.onEnd();
        }
    }

    @Override
    public void onError(InferenceException error) {
        run.failed(this, error);
        target.limit().ended();
    }
}
