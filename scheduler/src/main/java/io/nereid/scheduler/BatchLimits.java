package io.nereid.scheduler;

import java.util.BitSet;

/**
 * A {@link BatchPolicy} in the form in which batches are compared with it.
 *
 * @param maxRows rows that a batch may have
 * @param largestPreferred the largest preferred size: a batch that has it does not wait for more
 * @param preferred the preferred sizes; not changed any more
 * @param delayNanos how long requests wait for others
 */
record BatchLimits(int maxRows, int largestPreferred, BitSet preferred, long delayNanos) {
    static BatchLimits of(BatchPolicy policy) {
        BitSet preferred = new BitSet();
        policy.preferredBatchSizes().forEach(preferred::set);
        return new BatchLimits(policy.maxBatchSize(), preferred.isEmpty() ? policy.maxBatchSize()
                : preferred.length() - 1, preferred, Math.min(QueuePolicy.MAX_NANOS, policy.maxQueueDelayNanos()));
    }

    /** Limits without sizes in between. */
    static BatchLimits of(int maxRows, long delayNanos) {
        return new BatchLimits(maxRows, maxRows, new BitSet(), Math.min(QueuePolicy.MAX_NANOS, delayNanos));
    }

    boolean isPreferred(int rows) {
        return preferred.get(rows);
    }
}
