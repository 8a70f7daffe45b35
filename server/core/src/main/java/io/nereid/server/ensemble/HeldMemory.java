package io.nereid.server.ensemble;

import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.inference.References;
import io.nereid.server.ledger.Account;
import io.nereid.server.ledger.Resource;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * What tensors of a run lie in, for all that will take them. The memory of a step's response is charged from its coming
 * on, until nobody holds it, or until an answer of it is handed on: whoever sends that counts it then. Thread-safe but
 * for {@link #charge} and {@link #uncharge}, which one holder at a time calls.
 */
final class HeldMemory implements Lease {
    private final Lease memory;
    private final Account account;
    private final AtomicInteger holders = new AtomicInteger(1);
    private long charged;

    /**
     * Memory with one holder, that is not charged here.
     *
     * @param memory released when nobody holds this any more
     * @param account what it can be charged to
     */
    HeldMemory(Lease memory, Account account) {
        this.memory = memory;
        this.account = account;
    }

    /**
     * Charges it, once.
     *
     * @throws InferenceException UNAVAILABLE or INVALID_ARG if there is no room; nothing is charged then
     */
    void charge(long bytes) throws InferenceException {
        account.charge(Resource.NATIVE, bytes);
        charged = bytes;
    }

    /** Charges it, once, whether there is room or not. */
    void chargeAnyway(long bytes) {
        Lease _ = account.chargeAnyway(Resource.NATIVE, bytes); // given back by uncharge
        charged = bytes;
    }

    /** It is counted elsewhere from here on. Calling this again does nothing. */
    void uncharge() {
        long bytes = charged;
        charged = 0;
        if (bytes > 0) {
            account.release(Resource.NATIVE, bytes);
        }
    }

    @Override
    public HeldMemory retain(int more) {
        References.retain(holders, more);
        return this;
    }

    /**
     * {@link #retain} or {@link #release}, so that it is held by that many instead of the caller alone.
     *
     * @param uses any number from 0
     */
    void hold(int uses) {
        if (uses == 0) {
            release();
        } else {
            References.retain(holders, uses - 1);
        }
    }

    @Override
    public void release() {
        if (References.release(holders)) {
            memory.release();
            uncharge();
        }
    }
}
