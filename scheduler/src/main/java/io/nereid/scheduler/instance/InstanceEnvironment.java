package io.nereid.scheduler.instance;

import io.nereid.inference.NanoClock;
import io.nereid.scheduler.DefectLog;
import io.nereid.statistics.ModelStatistics;

/**
 * What the instances of a model version are given from outside.
 *
 * @param decoupled whether a request may have any number of responses
 * @param statistics of the model version
 * @param clock their time
 * @param defects hears of what no contract allows
 */
public record InstanceEnvironment(boolean decoupled, ModelStatistics statistics, NanoClock clock, DefectLog defects) {}
