package io.nereid.scheduler;

import io.nereid.inference.NanoClock;
import io.nereid.statistics.ModelStatistics;

/**
 * What a scheduler is given from outside.
 *
 * @param clock its time
 * @param alarm wakes it when a deadline passes
 * @param statistics of its model version
 * @param internalErrors receives what listeners throw
 */
public record SchedulerEnvironment(NanoClock clock, Alarm alarm, ModelStatistics statistics,
        InternalErrorLog internalErrors) {}
