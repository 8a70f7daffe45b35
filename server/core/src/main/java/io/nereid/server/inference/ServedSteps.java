package io.nereid.server.inference;

import io.nereid.inference.Cancellation;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.ResponseListener;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.ensemble.StepRequest;
import io.nereid.server.model.ServedModel;
import io.nereid.server.model.StepCalls;
import org.jspecify.annotations.Nullable;

/**
 * The calls of ensembles to the models of their steps. Ensembles have it before there is anything to ask: until {@link
 * #bind} the answer is an error. Thread-safe.
 */
public final class ServedSteps implements StepCalls {
    private volatile @Nullable InferenceService service;

    /** From here on steps can run. Called once. */
    public void bind(InferenceService bound) {
        service = bound;
    }

    @Override
    public Cancellation start(ModelHandle<ServedModel> held, StepRequest step, ResponseListener listener) {
        InferenceService bound = service;
        if (bound == null) {
            held.release();
            step.request().memory().release();
            listener.onError(new InferenceException(ErrorCode.UNAVAILABLE, "the server has not started"));
            return () -> {
            };
        }
        InferenceCall call = bound.call(new InnerTransport(held.name(), Long.toString(held.version()), step.request(),
                step.ownBytes(), step.times(), step.trace(), listener), null);
        call.serve(held);
        return call::cancel;
    }
}
