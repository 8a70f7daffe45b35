package io.nereid.server.ensemble;

import io.nereid.inference.NanoClock;
import io.nereid.server.ledger.Account;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.ledger.LedgerLimits;
import io.nereid.server.ledger.Resource;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A server with a ledger, where a test says which models wait for each other. */
final class TestServices implements EnsembleServices {
    /** The circle that a request to a step closes, by the step's model. */
    final Map<String, CallCycle> cycles = new ConcurrentHashMap<>();
    private final Ledger ledger;
    private final Account account;

    /** @param maxBytes how many bytes may be held */
    TestServices(long maxBytes, NanoClock clock) {
        ledger = new Ledger(new LedgerLimits(maxBytes, 1 << 20, 100, 0), clock);
        account = ledger.detached();
    }

    @Override
    public CallCycle cycle(String ensemble, String model) {
        return cycles.getOrDefault(model, CallCycle.NONE);
    }

    @Override
    public Account account() {
        return account;
    }

    /** Bytes that are charged. */
    long charged() {
        return ledger.held(Resource.NATIVE);
    }
}
