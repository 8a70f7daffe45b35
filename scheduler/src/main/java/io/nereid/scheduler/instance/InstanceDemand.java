package io.nereid.scheduler.instance;

import java.util.List;

/**
 * What one model instance asks of the {@link RateLimiter}.
 *
 * @param device number of the GPU it runs on, or {@link #CPU}
 * @param resources what it takes while it runs; of several with the same name and scope the last one counts
 * @param priority 2 gets half the executions of 1; 0 means 1
 */
public record InstanceDemand(int device, List<Resource> resources, long priority) {
    /** The device of an instance that runs on no GPU. */
    public static final int CPU = -1;

    /**
     * A counted resource.
     *
     * @param global whether there is one for the whole server instead of one per device
     * @param count how much of it the instance takes, zero or more
     */
    public record Resource(String name, boolean global, long count) {
        /** Refuses a negative count with an {@link IllegalArgumentException}. */
        public Resource {
            if (count < 0) {
                throw new IllegalArgumentException("count: got " + count + " (expected 0 or more)");
            }
        }
    }

    /** Copies the resources; rejects negative numbers with an {@link IllegalArgumentException}. */
    public InstanceDemand {
        resources = List.copyOf(resources);
        if (device < CPU) {
            throw new IllegalArgumentException("device: got " + device + " (expected a GPU's number or -1)");
        }
        if (priority < 0) {
            throw new IllegalArgumentException("priority: got " + priority + " (expected 0 or more)");
        }
        priority = Math.max(1, priority);
    }
}
