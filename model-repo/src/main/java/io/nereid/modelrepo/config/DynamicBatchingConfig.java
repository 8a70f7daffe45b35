package io.nereid.modelrepo.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * How requests are put together into batches.
 *
 * @param preferredBatchSizes sizes at which a batch does not wait for more; never empty in a normalised configuration
 * @param maxQueueDelay how long a request may wait for others
 * @param preserveOrdering whether responses leave in the order in which their requests came
 * @param priorityLevels 1 is served first; 0 for no priorities
 * @param defaultPriorityLevel of requests that ask for none
 * @param priorityQueuePolicies by level; other levels have {@code defaultQueuePolicy}
 */
public record DynamicBatchingConfig(List<Integer> preferredBatchSizes, Duration maxQueueDelay, boolean preserveOrdering,
        long priorityLevels, long defaultPriorityLevel, QueuePolicyConfig defaultQueuePolicy,
        Map<Long, QueuePolicyConfig> priorityQueuePolicies) implements SchedulingConfig {

    public DynamicBatchingConfig {
        preferredBatchSizes = List.copyOf(preferredBatchSizes);
        priorityQueuePolicies = Map.copyOf(priorityQueuePolicies);
    }

    /** The policy of the queue of a priority level. */
    public QueuePolicyConfig queuePolicy(long priorityLevel) {
        return priorityQueuePolicies.getOrDefault(priorityLevel, defaultQueuePolicy);
    }
}
