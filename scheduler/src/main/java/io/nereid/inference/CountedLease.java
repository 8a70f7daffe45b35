package io.nereid.inference;

import java.util.concurrent.atomic.AtomicInteger;

/** A lease with several holders; the last of them releases what is held. */
final class CountedLease implements Lease {
    private final Lease held;
    private final AtomicInteger holders;

    CountedLease(Lease held, int holders) {
        this.held = held;
        this.holders = new AtomicInteger(holders);
    }

    @Override
    public Lease retain(int more) {
        References.retain(holders, more);
        return this;
    }

    @Override
    public void release() {
        if (References.release(holders)) {
            held.release();
        }
    }
}
