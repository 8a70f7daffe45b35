package io.nereid.backend.worker;

import io.nereid.inference.Lease;
import io.nereid.scheduler.SequenceState;
import org.jspecify.annotations.Nullable;

/**
 * What a worker called a request in an execution after which it was put back: kept in its sequence, so that the next
 * execution can name it. It holds nothing.
 *
 * @param handle never 0
 */
record EarlierExecution(long handle) implements Lease {
    /** The handle that was kept there, which is not kept any more; 0 for none. */
    static long take(@Nullable SequenceState state) {
        return state != null && state.take() instanceof EarlierExecution(long handle) ? handle : 0;
    }

    /** Keeps the handle for the next execution. */
    static void keep(@Nullable SequenceState state, long handle) {
        if (state != null) { // that of a null row is not kept: it has no next one
            state.keep(new EarlierExecution(handle));
        }
    }

    @Override
    public void release() {
        // The worker needs no word of a sequence that has ended.
    }
}
