package io.nereid.scheduler;

/** Calls back later: what deadlines need while every instance is busy. Injected; one serves many schedulers. Thread-safe. */
@FunctionalInterface
public interface Alarm {
    /**
     * Runs {@code action}, which does not block, in about {@code delayNanos} nanoseconds on a thread of the alarm's. Called
     * under a scheduler's lock: it does not run the action itself.
     */
    void in(long delayNanos, Runnable action);
}
