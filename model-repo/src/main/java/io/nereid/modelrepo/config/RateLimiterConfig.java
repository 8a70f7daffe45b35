package io.nereid.modelrepo.config;

import java.util.List;

/**
 * What an instance needs before it may run when executions are limited.
 *
 * @param resources what it takes while it runs
 * @param priority 2 gets half the chances of 1; 0 means 1
 */
public record RateLimiterConfig(List<Resource> resources, long priority) {

    /**
     * A counted resource.
     *
     * @param global whether there is one for the whole server instead of one per device
     */
    public record Resource(String name, boolean global, long count) {}

    public RateLimiterConfig {
        resources = List.copyOf(resources);
    }
}
