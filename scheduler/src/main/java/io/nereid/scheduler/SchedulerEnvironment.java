package io.nereid.scheduler;

import io.nereid.inference.NanoClock;
import io.nereid.statistics.ModelStatistics;

/**
 * What a scheduler is given from outside.
 *
 * @param clock its time
 * @param alarm wakes it when a deadline passes
 * @param statistics of its model version
 * @param defects hears of listeners that throw
 */
public record SchedulerEnvironment(NanoClock clock, Alarm alarm, ModelStatistics statistics, DefectLog defects) {}
