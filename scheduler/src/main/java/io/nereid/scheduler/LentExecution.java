package io.nereid.scheduler;

import io.nereid.inference.Outcome;
import io.nereid.statistics.CloseReason;
import org.jspecify.annotations.Nullable;

/** An instance that is idle, on loan to the thread of a caller. */
@FunctionalInterface
public interface LentExecution {
    /**
     * Runs the one request at the instance's slot, which is empty afterwards, and calls
     * {@link BatchScheduler#executed}. The instance's own thread does nothing meanwhile.
     *
     * @return what the request's listener is to receive; null where it receives it from elsewhere
     */
    @Nullable
    Outcome run(CloseReason reason);
}
