package io.nereid.server.model;

import io.nereid.inference.Cancellation;
import io.nereid.inference.ResponseListener;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.ensemble.EnsembleServices;
import io.nereid.server.ensemble.StepRequest;

/** How ensembles ask the models of their steps, and their server. Thread-safe. */
public interface StepCalls extends EnsembleServices {
    /**
     * Starts a request to a model version, as {@link io.nereid.server.ensemble.StepModel#start}.
     *
     * @param held a reference that is the call's from here on
     */
    Cancellation start(ModelHandle<ServedModel> held, StepRequest request, ResponseListener listener);
}
