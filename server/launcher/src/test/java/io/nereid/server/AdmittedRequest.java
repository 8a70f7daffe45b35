package io.nereid.server;

import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.server.protocol.Admission;
import io.nereid.server.protocol.InFlight;

/** A request that a server has admitted and that runs for as long as the test wants. */
public final class AdmittedRequest {
    private AdmittedRequest() {}

    /** Admits one without a body; it ends when it is released. */
    public static Lease of(ModelServer server) throws InferenceException {
        Admission admission = server.admission();
        return admission.admit(admission.ledger().detached(), 0, new InFlight());
    }
}
