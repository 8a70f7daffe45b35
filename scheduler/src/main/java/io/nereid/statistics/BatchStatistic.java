package io.nereid.statistics;

/**
 * The executions of one batch size.
 *
 * @param batchSize rows per execution
 * @param computeInput preparing the inputs
 * @param computeInfer computing
 * @param computeOutput sharing out the outputs
 */
public record BatchStatistic(long batchSize, DurationStatistic computeInput, DurationStatistic computeInfer,
        DurationStatistic computeOutput) {}
