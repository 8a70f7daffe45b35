package io.nereid.scheduler;

/**
 * What a queue does with requests that wait long or come when it is full (Triton's {@code ModelQueuePolicy}).
 *
 * @param timeoutAction what happens to a request that has waited for its timeout
 * @param defaultTimeoutNanos how long a request may wait, in nanoseconds; 0 for no limit
 * @param allowTimeoutOverride whether a request may ask for a shorter timeout
 * @param maxQueueSize requests that may wait; 0 for no limit
 */
public record QueuePolicy(TimeoutAction timeoutAction, long defaultTimeoutNanos, boolean allowTimeoutOverride,
        long maxQueueSize) {
    /** The policy of a queue that has none. */
    public static final QueuePolicy UNLIMITED = new QueuePolicy(TimeoutAction.REJECT, 0, false, 0);

    /** The policy of a queue that leaves it to each request how long it waits. */
    public static final QueuePolicy ALLOWING = new QueuePolicy(TimeoutAction.REJECT, 0, true, 0);

    /** Longer than anybody waits; short enough to add to any time without confusion. */
    static final long MAX_NANOS = Long.MAX_VALUE / 4;

    /** What happens to a request that has waited for its timeout. */
    public enum TimeoutAction {
        /** It fails. */
        REJECT,
        /** It runs after all of its level that have not timed out. */
        DELAY
    }

    /** Refuses negative limits. */
    public QueuePolicy {
        if (defaultTimeoutNanos < 0 || maxQueueSize < 0) {
            throw new IllegalArgumentException("defaultTimeoutNanos: " + defaultTimeoutNanos + ", maxQueueSize: "
                    + maxQueueSize + " (expected: >= 0)");
        }
    }

    /**
     * How long a request may wait that asks for {@code askedMicros} microseconds (0: for nothing), in nanoseconds; 0
     * for no limit. Where the policy sets no limit and allows requests to, theirs holds: Triton ignores it
     * (docs/compatibility.md).
     */
    public long timeoutNanos(long askedMicros) {
        long asked = Math.clamp(askedMicros, 0, MAX_NANOS / 1000) * 1000;
        boolean shorter = defaultTimeoutNanos == 0 || asked < defaultTimeoutNanos;
        return Math.min(MAX_NANOS, allowTimeoutOverride && asked > 0 && shorter ? asked : defaultTimeoutNanos);
    }

    /** Whether a request may be rejected for having waited too long. */
    public boolean mayReject() {
        return timeoutAction == TimeoutAction.REJECT && (defaultTimeoutNanos > 0 || allowTimeoutOverride);
    }
}
