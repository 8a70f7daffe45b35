package io.nereid.modelrepo.config;

import java.time.Duration;

/**
 * What a queue does with requests that wait long or come when it is full.
 *
 * @param timeoutAction what happens to a request that has waited for its timeout
 * @param defaultTimeout how long a request may wait; zero for no limit
 * @param allowTimeoutOverride whether a request may ask for a shorter timeout
 * @param maxQueueSize requests that may wait; 0 for no limit
 */
public record QueuePolicyConfig(TimeoutAction timeoutAction, Duration defaultTimeout, boolean allowTimeoutOverride,
        long maxQueueSize) {

    /** The policy of a queue that has none. */
    public static final QueuePolicyConfig DEFAULT = new QueuePolicyConfig(TimeoutAction.REJECT, Duration.ZERO, false,
            0);

    /** What happens to a request that has waited for its timeout. */
    public enum TimeoutAction {
        /** It fails. */
        REJECT,
        /** It runs after all that have not timed out. */
        DELAY
    }
}
