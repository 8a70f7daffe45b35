package io.nereid.perf.client;

import java.util.concurrent.atomic.AtomicLong;

/** How many requests may still be sent, by all threads of a load together. Thread-safe. */
public final class RequestBudget {
    private static final long UNLIMITED = Long.MAX_VALUE;

    private final AtomicLong left;

    private RequestBudget(long requests) {
        this.left = new AtomicLong(requests);
    }

    /** Any number. */
    public static RequestBudget unlimited() {
        return new RequestBudget(UNLIMITED);
    }

    /** So many and no more. */
    public static RequestBudget of(long requests) {
        return new RequestBudget(requests);
    }

    /** Takes one, if there is one. */
    boolean take() {
        if (left.getPlain() == UNLIMITED) {
            return true;
        }
        return left.getAndUpdate(count -> Math.max(0, count - 1)) > 0;
    }

    boolean isEmpty() {
        return left.get() == 0;
    }
}
