package io.nereid.scheduler.instance;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.ResponseListener;
import io.nereid.scheduler.ExecutionResults;
import io.nereid.scheduler.QueuedRequest;

/**
 * Delivers the one response of a request whose model is not decoupled and answers by a sender: as any other outcome, so
 * that responses keep the order of requests where that is asked for.
 */
record LateOutcome(QueuedRequest request, ExecutionResults results) implements ResponseListener {
    @Override
    public void onResponse(InferenceResponse response, boolean last) {
        results.deliver(request, response);
    }

    @Override
    public void onError(InferenceException error) {
        results.deliver(request, error);
    }
}
