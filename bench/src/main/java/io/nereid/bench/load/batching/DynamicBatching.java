package io.nereid.bench.load.batching;

import java.util.List;

/**
 * What a configuration says of batching and queueing.
 *
 * @param preferredBatchSizes empty for the greatest batch
 * @param maxQueueDelayMicros how long the oldest request waits for company at most
 */
record DynamicBatching(List<Integer> preferredBatchSizes, int maxQueueDelayMicros) {
    DynamicBatching {
        preferredBatchSizes = List.copyOf(preferredBatchSizes);
    }

    /**
     * The field of config.pbtxt.
     *
     * @param timeoutMillis after this a queued request is refused; 0 for never
     */
    String config(int timeoutMillis) {
        String preferred = preferredBatchSizes.isEmpty() ? ""
                : "preferred_batch_size: " + preferredBatchSizes + " ";
        String policy = timeoutMillis == 0 ? ""
                : "default_queue_policy { timeout_action: REJECT default_timeout_microseconds: %d000 } "
                        .formatted(timeoutMillis);
        return "dynamic_batching { %smax_queue_delay_microseconds: %d %s}%n".formatted(preferred, maxQueueDelayMicros,
                policy);
    }

    /** The parameter that says the same of the timeout for a model without dynamic batching. */
    static String configWithout(int timeoutMillis) {
        return timeoutMillis == 0 ? ""
                : "parameters { key: \"queue_policy.default_timeout_microseconds\" value { string_value: \"%d000\" } }%n"
                        .formatted(timeoutMillis);
    }
}
