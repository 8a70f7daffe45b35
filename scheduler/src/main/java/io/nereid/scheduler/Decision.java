package io.nereid.scheduler;

import io.nereid.statistics.CloseReason;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What an idle instance is to do, as a {@link RequestQueue} decides. Immutable. */
public sealed interface Decision {
    /** There is nothing for it to run until another request comes. */
    Decision IDLE = new Idle();

    /**
     * It runs the requests that the queue has put into its {@link IdleInstance#batch}; they have left the queue.
     *
     * @param reason why the batch is as it is
     */
    record Run(CloseReason reason) implements Decision {
        private static final Map<CloseReason, Run> BY_REASON = byReason();

        /** One for each reason, so that a decision allocates nothing. */
        public static Run of(CloseReason reason) {
            return Objects.requireNonNull(BY_REASON.get(reason));
        }

        private static Map<CloseReason, Run> byReason() {
            Map<CloseReason, Run> all = new EnumMap<>(CloseReason.class);
            for (CloseReason reason : CloseReason.values()) {
                all.put(reason, new Run(reason));
            }
            return all;
        }
    }

    /**
     * It runs nothing before that moment, unless another request comes or one is cancelled.
     *
     * @param nanos the moment, in nanoseconds of the queue's clock
     */
    record WaitUntil(long nanos) implements Decision {}

    /**
     * First the timeouts of these requests, at least one, are to be answered: they have left the queue and will not
     * run. Then the instance asks again.
     *
     * @param requests in the order in which their timeouts passed; the receiver's
     */
    record Reject(List<QueuedRequest> requests) implements Decision {}

    /** See {@link #IDLE}. */
    record Idle() implements Decision {}
}
