package io.nereid.statistics;

/**
 * How busy one instance was.
 *
 * @param name the instance's
 * @param gpu the number of the GPU it is on, as CUDA counts; {@link ModelStatistics#NO_GPU} for none
 * @param busyNanos nanoseconds of all its executions together, failed ones included; one under way counts when it ends
 */
public record InstanceSnapshot(String name, int gpu, long busyNanos) {}
