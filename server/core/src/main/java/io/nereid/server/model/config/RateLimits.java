package io.nereid.server.model.config;

import io.nereid.scheduler.instance.ResourceLimit;

import java.util.List;
import java.util.Objects;

/**
 * Whether the instances of all models compete for resources while they execute, and how much there is of these. What a
 * model's instances take is in its configuration ({@code rate_limiter}).
 *
 * @param mode whether they compete
 * @param resources what there is; of a resource that is not among them, as much as the instance that takes the most of
 *     it. Without effect when the mode is {@link Mode#OFF}
 */
public record RateLimits(Mode mode, List<ResourceLimit> resources) {
    /** The values of {@code --rate-limit}. */
    public enum Mode {
        /** An instance executes whenever it has work. */
        OFF,
        /** An instance executes when its resources are free; those that have executed least come first. */
        EXECUTION_COUNT
    }

    /** Instances take nothing from each other. */
    public static final RateLimits OFF = new RateLimits(Mode.OFF, List.of());

    /** Copies the resources. */
    public RateLimits {
        Objects.requireNonNull(mode, "mode");
        resources = List.copyOf(resources);
    }
}
