package io.nereid.scheduler.instance;

import io.nereid.inference.NanoClock;
import io.nereid.scheduler.InternalErrorLog;
import io.nereid.statistics.ModelStatistics;

/**
 * What the instances of a model version are given from outside.
 *
 * @param decoupled whether a request may have any number of responses
 * @param iterative whether a request may run several times, in an iterative sequence
 * @param statistics of the model version
 * @param clock their time
 * @param internalErrors receives what no contract allows
 */
public record InstanceEnvironment(boolean decoupled, boolean iterative, ModelStatistics statistics, NanoClock clock,
        InternalErrorLog internalErrors) {
    /** Of a model whose requests run once. */
    public InstanceEnvironment(boolean decoupled, ModelStatistics statistics, NanoClock clock,
            InternalErrorLog internalErrors) {
        this(decoupled, false, statistics, clock, internalErrors);
    }
}
