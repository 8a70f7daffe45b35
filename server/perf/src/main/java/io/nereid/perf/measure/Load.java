package io.nereid.perf.measure;

/** When requests are sent. */
public sealed interface Load {
    /**
     * Closed loop: so many requests are under way, and the next is sent when one is answered.
     *
     * @param requests above 0
     */
    record Concurrency(int requests) implements Load {}

    /**
     * Open loop: requests are sent at their moments whatever the server does, and their latency counts from there.
     *
     * @param perSecond the mean, above 0
     */
    record RequestRate(double perSecond, Distribution distribution) implements Load {}

    /** How the moments of an open loop lie. */
    enum Distribution {
        /** At equal distances. */
        CONSTANT,
        /** As of clients that know nothing of each other. */
        POISSON
    }
}
