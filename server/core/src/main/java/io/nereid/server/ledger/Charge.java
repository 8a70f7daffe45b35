package io.nereid.server.ledger;

import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;

/**
 * An amount of one resource that one thing takes, such as a response: it is charged to an account as the thing grows,
 * and released once with it. One owner at a time; not thread-safe until handed over.
 */
public final class Charge implements Lease {
    private final Account account;
    private final Resource resource;
    private long amount;

    /** Nothing yet. */
    public Charge(Account account, Resource resource) {
        this.account = account;
        this.resource = resource;
    }

    /**
     * Takes so much more, before it is allocated.
     *
     * @throws InferenceException what {@link Account#charge} throws; nothing was taken then
     */
    public void add(long more) throws InferenceException {
        account.charge(resource, more);
        amount += more;
    }

    /** Gives a part of it back. */
    public void remove(long less) {
        amount -= less;
        account.release(resource, less);
    }

    /** What it has taken. */
    public long amount() {
        return amount;
    }

    /** Gives all of it back; calling this again does nothing. */
    @Override
    public void release() {
        if (amount != 0) {
            remove(amount);
        }
    }
}
