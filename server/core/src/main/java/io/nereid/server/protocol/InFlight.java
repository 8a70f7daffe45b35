package io.nereid.server.protocol;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many of the requests in flight are for one model version, and how many bytes they hold: the {@link Admission}
 * counts here what it counts for the server. Thread-safe.
 */
public final class InFlight {
    private final AtomicLong requests = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();

    /** Requests in flight. */
    public long requests() {
        return requests.get();
    }

    /** Bytes of their bodies and answers together. */
    public long bytes() {
        return bytes.get();
    }

    void add(int moreRequests, long moreBytes) {
        if (moreRequests != 0) {
            requests.addAndGet(moreRequests);
        }
        bytes.addAndGet(moreBytes);
    }
}
