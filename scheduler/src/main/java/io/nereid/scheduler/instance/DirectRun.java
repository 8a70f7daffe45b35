package io.nereid.scheduler.instance;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Outcome;
import io.nereid.inference.ResponseListener;
import io.nereid.scheduler.InternalErrorLog;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Executions of batches that were formed elsewhere: a worker process runs by it what its server's scheduler has decided.
 * For models that give one response to a request. Used by one thread at a time.
 */
public final class DirectRun {
    private final UnscheduledBatch batch;

    /**
     * Executions of that instance, which the caller closes.
     *
     * @param internalErrors receives what no contract allows
     */
    public DirectRun(ModelInstance instance, InternalErrorLog internalErrors) {
        this.batch = new UnscheduledBatch(instance, false, false, internalErrors);
    }

    /**
     * Runs the requests, at least one, as one batch, and releases their memory.
     *
     * @return for each request its response, whose memory the caller releases, or what it failed with
     */
    public List<Outcome> execute(List<InferenceRequest> requests) {
        List<Outcome> outcomes = new ArrayList<>(Collections.nCopies(requests.size(),
                new InferenceException(ErrorCode.INTERNAL, "the backend did not answer the request")));
        batch.execute(requests, number -> new Keeping(outcomes, number));
        return outcomes;
    }

    /** Keeps the answer to one request. */
    private record Keeping(List<Outcome> outcomes, int number) implements ResponseListener {
        @Override
        public void onResponse(InferenceResponse response, boolean last) {
            outcomes.set(number, response);
        }

        @Override
        public void onFailedResponse(InferenceException error) {
            outcomes.set(number, error);
        }

        @Override
        public void onEnd() {
            // There is one response.
        }

        @Override
        public void onError(InferenceException error) {
            outcomes.set(number, error);
        }
    }
}
