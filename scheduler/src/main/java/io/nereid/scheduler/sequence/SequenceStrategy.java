package io.nereid.scheduler.sequence;

import io.nereid.scheduler.BatchPolicy;

/** Which requests of an instance's sequences run together (docs/sequences.md). */
public sealed interface SequenceStrategy {
    /**
     * Every sequence has a row of its own.
     *
     * @param rows how many an instance has
     * @param delayNanos how long a request may wait for others, in nanoseconds; 0 for not at all
     * @param minUtilization share of the rows, 0 to 1, at which a batch does not wait for more
     */
    record Direct(int rows, long delayNanos, float minUtilization) implements SequenceStrategy {
        /** Rejects what cannot be. */
        public Direct {
            if (rows < 1 || delayNanos < 0 || !(minUtilization >= 0 && minUtilization <= 1)) {
                throw new IllegalArgumentException("rows: " + rows + " (expected: >= 1), delayNanos: " + delayNanos
                        + " (expected: >= 0), minUtilization: " + minUtilization + " (expected: 0 to 1)");
            }
        }
    }

    /**
     * Batches are formed of the sequences' first requests, as the dynamic batcher forms them.
     *
     * @param candidates sequences that an instance has at a time
     * @param batches how large batches get and how long they wait
     */
    record Oldest(int candidates, BatchPolicy batches) implements SequenceStrategy {
        /** Rejects what cannot be. */
        public Oldest {
            if (candidates < 1) {
                throw new IllegalArgumentException("candidates: " + candidates + " (expected: >= 1)");
            }
        }
    }
}
