package io.nereid.backend;

import java.time.Duration;

/** Lets time pass on the calling thread. Injected, so that tests need not wait. */
@FunctionalInterface
public interface Sleeper {
    /** Really waits. */
    Sleeper SYSTEM = Thread::sleep;

    /** Returns after {@code duration}. */
    void sleep(Duration duration) throws InterruptedException;
}
