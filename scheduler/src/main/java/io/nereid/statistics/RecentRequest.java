package io.nereid.statistics;

/**
 * One successful request of the last minute.
 *
 * @param arrivalNanos when it came, in nanoseconds of the clock of {@link RecentRequests}
 * @param rows its rows, at least one
 * @param queueNanos how long it waited for an instance
 * @param computeNanos how long it was on an instance
 */
public record RecentRequest(long arrivalNanos, int rows, long queueNanos, long computeNanos) {}
