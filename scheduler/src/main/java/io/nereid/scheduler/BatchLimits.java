package io.nereid.scheduler;

import java.util.Arrays;

/**
 * A {@link BatchPolicy} in the form in which batches are compared with it.
 *
 * @param maxRows rows that a batch may have
 * @param largestPreferred the largest preferred size: a batch that has it does not wait for more
 * @param preferred the preferred sizes, ascending; not changed any more
 * @param delayNanos how long requests wait for others
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record BatchLimits(int maxRows, int largestPreferred, int[] preferred, long delayNanos) {
    private static final int[] NONE = {};

    static BatchLimits of(BatchPolicy policy) {
        int[] preferred = policy.preferredBatchSizes().stream().mapToInt(Integer::intValue).toArray();
        return new BatchLimits(policy.maxBatchSize(),
                preferred.length == 0 ? policy.maxBatchSize() : preferred[preferred.length - 1], preferred,
                Math.min(QueuePolicy.MAX_NANOS, policy.maxQueueDelayNanos()));
    }

    /** Limits without sizes in between. */
    static BatchLimits of(int maxRows, long delayNanos) {
        return new BatchLimits(maxRows, maxRows, NONE, Math.min(QueuePolicy.MAX_NANOS, delayNanos));
    }

    boolean isPreferred(int rows) {
        return Arrays.binarySearch(preferred, rows) >= 0;
    }
}
