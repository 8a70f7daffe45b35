package io.nereid.backend;

/**
 * How many processors this process may use.
 *
 * @param processors at least one
 */
public record CpuBudget(int processors) {
    /** Refuses a budget of nothing. */
    public CpuBudget {
        if (processors < 1) {
            throw new IllegalArgumentException("processors: " + processors + " (expected: >= 1)");
        }
    }

    /** What the system grants now: the cores of the machine, less what affinity or a container's quota keeps away. */
    public static CpuBudget ofThisProcess() {
        return new CpuBudget(Runtime.getRuntime().availableProcessors());
    }

    /** Threads for each of {@code instances} such that together they are no more than the processors; at least one. */
    public int threadsPerInstance(int instances) {
        return Math.max(1, processors / Math.max(1, instances));
    }
}
