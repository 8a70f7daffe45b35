package io.nereid.inference;

import java.util.concurrent.atomic.AtomicInteger;

/** A lease that counts how often it was given back. Thread-safe. */
public final class CountingLease implements Lease {
    private final AtomicInteger releases = new AtomicInteger();

    @Override
    public void release() {
        releases.incrementAndGet();
    }

    /** How often {@link #release} was called; an owner that keeps its contract makes it 1. */
    public int releases() {
        return releases.get();
    }
}
