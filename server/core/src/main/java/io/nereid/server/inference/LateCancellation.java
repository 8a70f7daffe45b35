package io.nereid.server.inference;

import io.nereid.inference.Cancellation;
import org.jspecify.annotations.Nullable;

/**
 * Gives up a request before its {@link Cancellation} is known: a listener may hear responses while {@code submit} has not
 * returned yet. Thread-safe.
 */
public final class LateCancellation implements Cancellation {
    private volatile @Nullable Cancellation known;
    private volatile boolean cancelled;

    /** Says how the request is given up, once; does so if that was asked for before. */
    public void bind(Cancellation cancellation) {
        known = cancellation;
        if (cancelled) {
            cancellation.cancel();
        }
    }

    @Override
    public void cancel() {
        cancelled = true;
        Cancellation cancellation = known;
        if (cancellation != null) {
            cancellation.cancel();
        }
    }
}
