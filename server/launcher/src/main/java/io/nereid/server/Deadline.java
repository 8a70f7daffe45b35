package io.nereid.server;

import java.time.Duration;

/**
 * The moment until which a stop may wait.
 *
 * @param nanos of {@link System#nanoTime}
 */
record Deadline(long nanos) {
    /** So long from now. */
    static Deadline in(Duration timeout) {
        return new Deadline(System.nanoTime() + timeout.toNanos());
    }

    /** One that leaves no time. */
    static Deadline passed() {
        return new Deadline(System.nanoTime());
    }

    /** What is left of the time; never negative. */
    Duration left() {
        return Duration.ofNanos(Math.max(0, nanos - System.nanoTime()));
    }
}
