package io.nereid.scheduler.instance;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.ResponseListener;
import io.nereid.scheduler.InternalErrorLog;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Executions of an instance that has no {@link InstanceThread} yet: their responses are dropped, and they count in no
 * statistics. One that the model would run again has run. Used by the thread that warms the instance up.
 */
public final class WarmupRun {
    private final AtomicReference<@Nullable InferenceException> failure = new AtomicReference<>();
    private final UnscheduledBatch batch;

    /**
     * Runs of that instance.
     *
     * @param decoupled whether its model may give any number of responses
     * @param iterative whether it may run a request several times
     * @param internalErrors receives what no contract allows
     */
    public WarmupRun(ModelInstance instance, boolean decoupled, boolean iterative, InternalErrorLog internalErrors) {
        this.batch = new UnscheduledBatch(instance, decoupled, iterative, internalErrors);
    }

    /**
     * Runs the requests, at least one, as one batch, and waits until all their responses were sent. The requests'
     * memory is released.
     *
     * @throws InferenceException what the first request failed with that failed
     */
    public void execute(List<InferenceRequest> requests) throws InferenceException {
        failure.set(null);
        batch.execute(requests, _ -> new Dropping());
        InferenceException first = failure.get();
        if (first != null) {
            throw first;
        }
    }

    /** Called by the warming thread and, for a decoupled model, by threads of the backend. */
    private final class Dropping implements ResponseListener {
        @Override
        public void onResponse(InferenceResponse response, boolean last) {
            response.memory().release();
        }

        @Override
        public void onFailedResponse(InferenceException error) {
            failure.compareAndSet(null, error);
        }

        @Override
        public void onEnd() {
            // a decoupled model need not have any response
        }

        @Override
        public void onError(InferenceException error) {
            failure.compareAndSet(null, error);
        }
    }
}
