package io.nereid.server.inference;

import io.nereid.inference.Cancellation;
import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.model.ModelDemand;
import io.nereid.server.model.ServedModel;

/** A request that waits for its model. Whoever ends the wait works on its call from then on. */
final class ModelWait implements ModelDemand.Waiter {
    private final RequestReading<?> request;
    private final RequestReading.Step next;
    private final NanoClock clock;
    private final long beganNanos;
    private final String client;

    /**
     * @param next what is done when the model is there
     * @param client whose request it is
     */
    ModelWait(RequestReading<?> request, RequestReading.Step next, NanoClock clock, String client) {
        this.request = request;
        this.next = next;
        this.clock = clock;
        this.beganNanos = clock.nanoTime();
        this.client = client;
    }

    @Override
    public String client() {
        return client;
    }

    @Override
    public void waits(Cancellation cancellation) {
        request.waits(cancellation);
    }

    @Override
    public void loaded(ModelHandle<ServedModel> held) {
        request.loaded(held, Math.max(0, clock.nanoTime() - beganNanos), next);
    }

    @Override
    public void refused(InferenceException error) {
        request.notLoaded(error);
    }
}
