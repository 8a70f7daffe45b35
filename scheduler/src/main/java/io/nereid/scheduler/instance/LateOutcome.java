package io.nereid.scheduler.instance;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Outcome;
import io.nereid.inference.ResponseListener;
import io.nereid.scheduler.QueuedRequest;

import java.util.function.BiConsumer;

/**
 * Delivers the one response of a request whose model is not decoupled and answers by a sender: as any other outcome, so
 * that responses keep the order of requests where that is asked for.
 */
record LateOutcome(QueuedRequest request, BiConsumer<QueuedRequest, Outcome> delivery) implements ResponseListener {
    @Override
    public void onResponse(InferenceResponse response, boolean last) {
        delivery.accept(request, response);
    }

    @Override
    public void onError(InferenceException error) {
        delivery.accept(request, error);
    }
}
