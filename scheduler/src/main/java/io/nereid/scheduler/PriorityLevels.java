package io.nereid.scheduler;

import java.util.Map;

/**
 * The levels of priority of one model. Level 1 is served first; a lower one waits for as long as there is anything
 * above it. Numbers of levels are unsigned: there may be as many as 64 bits count, though only those are kept that have
 * requests.
 *
 * @param count how many there are, unsigned; 0 for none: then all requests are of level 0
 * @param defaultLevel of requests that ask for none, or for one there is not
 * @param defaultPolicy of the levels that {@code policies} does not name
 * @param policies queue policies by level
 */
public record PriorityLevels(long count, long defaultLevel, QueuePolicy defaultPolicy,
        Map<Long, QueuePolicy> policies) {
    /** No levels and no limits. */
    public static final PriorityLevels NONE = of(QueuePolicy.UNLIMITED);

    /** Refuses a default level that is none. */
    public PriorityLevels {
        if (count != 0 && !exists(defaultLevel, count)) {
            throw new IllegalArgumentException("defaultLevel: " + Long.toUnsignedString(defaultLevel)
                    + " (expected: from 1 to " + Long.toUnsignedString(count) + ")");
        }
        policies = Map.copyOf(policies);
    }

    /** No levels: one policy for all requests. */
    public static PriorityLevels of(QueuePolicy policy) {
        return new PriorityLevels(0, 0, policy, Map.of());
    }

    /** The level of a request that asks for {@code priority}, an unsigned number. */
    public long levelOf(long priority) {
        if (count == 0) {
            return 0;
        }
        return exists(priority, count) ? priority : defaultLevel;
    }

    private static boolean exists(long level, long count) {
        return level != 0 && Long.compareUnsigned(level, count) <= 0;
    }

    /** The policy of a level. */
    public QueuePolicy policy(long level) {
        return policies.getOrDefault(level, defaultPolicy);
    }

    /** Whether a request of any level may be rejected for having waited too long. */
    public boolean mayReject() {
        return defaultPolicy.mayReject() || policies.values().stream().anyMatch(QueuePolicy::mayReject);
    }
}
