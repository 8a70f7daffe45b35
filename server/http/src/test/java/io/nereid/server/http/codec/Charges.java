package io.nereid.server.http.codec;

import io.nereid.inference.NanoClock;
import io.nereid.server.ledger.Charge;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.ledger.LedgerLimits;
import io.nereid.server.ledger.Resource;

/** Charges of native memory, for tests of writers. */
final class Charges {
    private Charges() {}

    /** One that may take at most so many bytes. */
    static Charge upTo(long bytes) {
        return new Charge(new Ledger(new LedgerLimits(bytes, 1, 1, 0), NanoClock.SYSTEM).detached(), Resource.NATIVE);
    }
}
