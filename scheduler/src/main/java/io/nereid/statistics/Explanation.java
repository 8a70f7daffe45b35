package io.nereid.statistics;

import java.util.List;
import java.util.Map;

/**
 * Why the batches of one model version were as large as they were, on which threads, and why requests were not run.
 *
 * @param batches the executions by batch size, smallest first
 * @param closedBy all executions by what closed their batch; every reason is there, in the order of the enum
 * @param rejected requests that were not run, by reason; every reason is there, in the order of the enum
 * @param threads the requests that were queued, by the thread that was to run them when they came; every choice is
 *     there, in the order of the enum
 */
public record Explanation(List<ClosedBatches> batches, Map<CloseReason, Long> closedBy,
        Map<Rejection, Long> rejected, Map<ThreadChoice, Long> threads) {

    /**
     * The executions of one batch size.
     *
     * @param batchSize rows per execution
     * @param count how many there were
     * @param closedBy what closed them; every reason is there, and the counts add up to {@code count}
     */
    public record ClosedBatches(long batchSize, long count, Map<CloseReason, Long> closedBy) {}
}
