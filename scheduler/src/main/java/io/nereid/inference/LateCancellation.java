package io.nereid.inference;

import org.jspecify.annotations.Nullable;

/**
 * Cancels a request whose {@link Cancellation} may not be known yet: responses may come before the scheduler's
 * {@code enqueue} has returned. Thread-safe. What is cancelled may be one itself, by extending it.
 */
public class LateCancellation implements Cancellation {
    private volatile @Nullable Cancellation known;
    private volatile boolean cancelled;

    /** Sets how the request is cancelled, once; cancels it if that was asked for before. */
    public final void bind(Cancellation cancellation) {
        known = cancellation;
        if (cancelled) {
            cancellation.cancel();
        }
    }

    @Override
    public final void cancel() {
        cancelled = true;
        Cancellation cancellation = known;
        if (cancellation != null) {
            cancellation.cancel();
        }
    }
}
