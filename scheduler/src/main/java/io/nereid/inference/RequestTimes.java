package io.nereid.inference;

import org.jspecify.annotations.Nullable;

/**
 * When what happened to one request, in nanoseconds of the scheduler's clock, for its trace and its line in a log. The
 * scheduler and the instance that runs the request note what they know anyway; whoever waits for the request reads it.
 * Thread-safe: a decoupled model may have answered before its execution ends.
 */
public final class RequestTimes {
    private volatile @Nullable Long queuedNanos;
    private volatile @Nullable Long startNanos;
    private volatile @Nullable Executed executed;

    /**
     * One execution, as statistics have it.
     *
     * @param rows the rows of all requests that ran together
     * @param startNanos when the batch was taken
     * @param inputsReadyNanos when its inputs lay ready
     * @param outputsStartNanos when the model had computed; the end where the backend does not say
     * @param endNanos when the instance returned
     */
    public record Executed(int rows, long startNanos, long inputsReadyNanos, long outputsStartNanos, long endNanos) {}

    /** The request is about to be queued, for the first time. */
    public void queued(long nanos) {
        queuedNanos = nanos;
    }

    /** An instance has taken it: for the first time, or again, which leaves the first time noted. */
    public void started(long nanos) {
        if (startNanos == null) {
            startNanos = nanos;
        }
    }

    /** The execution that it was in has ended; of several the last one counts. */
    public void executed(Executed execution) {
        executed = execution;
    }

    /** When it was queued; null if that has not happened. */
    public @Nullable Long queuedNanos() {
        return queuedNanos;
    }

    /** When an instance first took it; null if that has not happened. */
    public @Nullable Long startNanos() {
        return startNanos;
    }

    /** The last execution it was in; null while that goes on. */
    public @Nullable Executed executed() {
        return executed;
    }
}
