package io.nereid.scheduler.sequence;

import io.nereid.scheduler.QueuePolicy;

/**
 * How many sequences there may be, and how long they may do nothing (docs/sequences.md).
 *
 * @param idleNanos after which a sequence without requests is closed, in nanoseconds
 * @param policy how long a request may wait, and how many may; a request that has waited too long ends its sequence
 * @param maxOpen sequences that may be open; 0 for no limit
 */
public record SequenceLimits(long idleNanos, QueuePolicy policy, long maxOpen) {
    /** Rejects what cannot be. */
    public SequenceLimits {
        if (idleNanos < 1 || maxOpen < 0 || policy.timeoutAction() != QueuePolicy.TimeoutAction.REJECT) {
            throw new IllegalArgumentException("idleNanos: " + idleNanos + " (expected: >= 1), maxOpen: " + maxOpen
                    + " (expected: >= 0), timeoutAction: " + policy.timeoutAction() + " (expected: REJECT)");
        }
    }
}
