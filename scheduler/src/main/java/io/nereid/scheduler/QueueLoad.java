package io.nereid.scheduler;

import java.util.OptionalLong;

/**
 * What waits in a scheduler at one moment.
 *
 * @param requests how many requests wait for an instance
 * @param oldestWaitNanos for how long the one that came first has waited; 0 if there is none
 * @param waitNanos how long a request that comes now is predicted to wait for an instance, 0 where one is idle; absent
 *     where the model's executions are not measured, or none was yet
 */
public record QueueLoad(int requests, long oldestWaitNanos, OptionalLong waitNanos) {}
