package io.nereid.scheduler;

/**
 * Calls back later: what deadlines need while every instance is busy. Injected; one serves many schedulers.
 * Thread-safe.
 */
@FunctionalInterface
public interface Alarm {
    /**
     * Runs {@code action}, which does not block, in about {@code delayNanos} nanoseconds on a thread of the alarm's.
     * Called under a scheduler's lock: it does not run the action itself.
     */
    Setting in(long delayNanos, Runnable action);

    /** An alarm that was set. */
    @FunctionalInterface
    interface Setting {
        /** It need not go off any more, and is forgotten. Without effect once it has gone off. */
        void cancel();
    }
}
