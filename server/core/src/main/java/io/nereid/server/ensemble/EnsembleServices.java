package io.nereid.server.ensemble;

import io.nereid.server.ledger.Account;

/** What ensembles ask of their server, besides the models of their steps. Thread-safe; nothing blocks. */
public interface EnsembleServices {
    /** The circle that a request of an ensemble to the model of a step would close, by what waits for what now. */
    CallCycle cycle(String ensemble, String model);

    /** Where tensors are charged that the models of steps have made. */
    Account account();
}
