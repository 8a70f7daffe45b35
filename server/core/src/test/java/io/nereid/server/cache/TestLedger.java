package io.nereid.server.cache;

import io.nereid.inference.NanoClock;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.ledger.LedgerLimits;

/** A ledger with a small total. */
final class TestLedger {
    private TestLedger() {}

    static Ledger of(long bytes) {
        return new Ledger(new LedgerLimits(bytes, 1 << 20, 100, 1), NanoClock.SYSTEM);
    }
}
