package io.nereid.server.inference;

import io.nereid.inference.Cancellation;
import io.nereid.inference.ResponseListener;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.ensemble.CallCycle;
import io.nereid.server.ensemble.StepRequest;
import io.nereid.server.ledger.Account;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.model.ServedModel;
import io.nereid.server.model.StepCalls;
import org.jspecify.annotations.Nullable;

/**
 * The calls of ensembles to the models of their steps. Ensembles have it before there is anything to ask, which they do
 * with their first request: after {@link #bind}. Thread-safe.
 */
public final class ServedSteps implements StepCalls {
    private volatile @Nullable Parts parts;

    private record Parts(InferenceService service, ModelCalls calls, Account account) {}

    /**
     * From here on steps can run. Called once.
     *
     * @param calls knows which models wait for which others
     * @param ledger what steps make is charged to it
     */
    public void bind(InferenceService service, ModelCalls calls, Ledger ledger) {
        parts = new Parts(service, calls, ledger.detached());
    }

    private Parts parts() {
        Parts bound = parts;
        if (bound == null) {
            throw new IllegalStateException("the server has not started");
        }
        return bound;
    }

    @Override
    public CallCycle cycle(String ensemble, String model) {
        return parts().calls.cycle(ensemble, model);
    }

    @Override
    public Account account() {
        return parts().account;
    }

    @Override
    public Cancellation start(ModelHandle<ServedModel> held, StepRequest step, ResponseListener listener) {
        InferenceCall call = parts().service
                .call(new InnerTransport(held.name(), Long.toString(held.version()), step.request(),
                        step.ownBytes(), step.times(), step.trace(), listener), null);
        call.serve(held);
        return call::cancel;
    }
}
