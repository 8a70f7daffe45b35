package io.nereid.statistics;

/**
 * How busy one instance was.
 *
 * @param name the instance's
 * @param busyNanos nanoseconds of all its executions together, failed ones included; one under way counts when it ends
 */
public record InstanceSnapshot(String name, long busyNanos) {}
