package io.nereid.backend.worker;

import io.nereid.inference.NanoClock;
import org.slf4j.Logger;

import java.util.concurrent.TimeUnit;

/**
 * Logs what a model raises in {@code execute}, with its traceback, for whoever mends the model. Clients can make a
 * model raise as often as they like, so it is a few times a minute, and how often it was in between. Used by the
 * instance's thread.
 */
final class FailureLog {
    /** How many are logged within a minute. */
    static final int PER_MINUTE = 10;
    private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Logger log;
    private final NanoClock clock;
    private long minuteBegan;
    private int logged;
    private long leftOut;

    /** Nothing was logged yet. */
    FailureLog(Logger log, NanoClock clock) {
        this.log = log;
        this.clock = clock;
        this.minuteBegan = clock.nanoTime();
    }

    /** Logs the text, unless there were too many within a minute. */
    void raised(String text) {
        long now = clock.nanoTime();
        if (now - minuteBegan >= MINUTE_NANOS) {
            minuteBegan = now;
            logged = 0;
        }
        if (logged == PER_MINUTE) {
            leftOut++;
            return;
        }
        logged++;
        if (leftOut == 0) {
            log.error("{}", text);
        } else {
            log.error("{} ({} more since the last one that was logged)", text, leftOut);
        }
        leftOut = 0;
    }
}
