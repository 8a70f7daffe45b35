package io.nereid.bench.load.client;

import java.util.concurrent.TimeUnit;

/**
 * How often a client of a closed loop sends at most.
 *
 * @param intervalNanos from one request to the next; 0 for as soon as the last is answered
 */
public record Pace(long intervalNanos) {
    /** The next request follows the answer. */
    public static final Pace UNLIMITED = new Pace(0);

    /** So that so many clients send so many requests per second at most, all together. */
    public static Pace of(int clients, int perSecond) {
        return new Pace(clients * TimeUnit.SECONDS.toNanos(1) / perSecond);
    }

    /**
     * How long a client waits before its next request.
     *
     * @param sentNanos when it sent the last one
     * @return 0 if it is late already
     */
    public long waitNanos(long sentNanos, long nowNanos) {
        return Math.max(0, intervalNanos - (nowNanos - sentNanos));
    }
}
