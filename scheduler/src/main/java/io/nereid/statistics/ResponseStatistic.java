package io.nereid.statistics;

/**
 * The responses of a decoupled model that came at the same place in the answers to their requests: all first ones, all
 * second ones. Durations begin at the response before, or where the execution did.
 *
 * @param computeInfer computing those that were sent
 * @param computeOutput making their outputs
 * @param success computing and making those that were sent
 * @param fail errors in the place of a response
 * @param emptyResponse ends in the place of a response
 * @param cancel requests that were cancelled before this response
 */
public record ResponseStatistic(DurationStatistic computeInfer, DurationStatistic computeOutput,
        DurationStatistic success, DurationStatistic fail, DurationStatistic emptyResponse, DurationStatistic cancel) {}
