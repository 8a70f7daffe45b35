package io.nereid.server.model.config;

import io.nereid.server.config.Require;

import java.time.Duration;

/**
 * How models are loaded with {@link ModelControlMode#ON_DEMAND}.
 *
 * @param memoryBudget how many bytes all loaded models may hold together
 * @param longestWait how long a request waits for its model
 * @param mostWaiting how many requests may wait so at once
 * @param safeTime how long a model that was just loaded is safe from being unloaded for another one
 */
public record OnDemandConfig(long memoryBudget, Duration longestWait, int mostWaiting, Duration safeTime) {
    /** No limit of memory. */
    public static final OnDemandConfig DEFAULT = new OnDemandConfig(Long.MAX_VALUE, Duration.ofSeconds(30), 1000,
            Duration.ofSeconds(1));

    public OnDemandConfig {
        Require.that(memoryBudget >= 1, "memoryBudget: got %d (expected 1 or more)", memoryBudget);
        Require.that(longestWait.isPositive(), "longestWait: got %s (expected more than zero)", longestWait);
        Require.that(mostWaiting >= 1, "mostWaiting: got %d (expected 1 or more)", mostWaiting);
        Require.that(!safeTime.isNegative(), "safeTime: got %s (expected zero or more)", safeTime);
    }
}
