package io.nereid.scheduler;

import java.util.List;

/**
 * How large a batch may get and how long it may wait for that.
 *
 * @param maxBatchSize rows that a batch may have; a request with more runs by itself
 * @param preferredBatchSizes rows at which a batch does not wait for more, ascending and none above the maximum; empty
 *        where only a full batch does not wait
 * @param maxQueueDelayNanos how long a request may wait for others to join it, in nanoseconds; 0 for not at all: an
 *        idle instance takes what there is
 */
public record BatchPolicy(int maxBatchSize, List<Integer> preferredBatchSizes, long maxQueueDelayNanos) {
    /** No batching: every request runs by itself, whatever its rows. */
    public static final BatchPolicy ALONE = new BatchPolicy(1, List.of(), 0);

    /** Sorts the sizes and rejects what cannot be. */
    public BatchPolicy {
        preferredBatchSizes = preferredBatchSizes.stream().sorted().distinct().toList();
        if (maxBatchSize < 1 || maxQueueDelayNanos < 0) {
            throw new IllegalArgumentException(
                    "maxBatchSize: " + maxBatchSize + " (expected: >= 1), maxQueueDelayNanos: "
                            + maxQueueDelayNanos + " (expected: >= 0)");
        }
        if (!preferredBatchSizes.isEmpty()
                && (preferredBatchSizes.getFirst() < 1 || preferredBatchSizes.getLast() > maxBatchSize)) {
            throw new IllegalArgumentException(
                    "preferredBatchSizes: " + preferredBatchSizes + " (expected: from 1 to " + maxBatchSize + ")");
        }
    }

    /** Whether requests are put together at all. */
    public boolean batches() {
        return maxBatchSize > 1;
    }
}
