package io.nereid.statistics;

import java.util.List;

/**
 * The statistics of one model version at one moment, consistent in itself.
 *
 * @param lastInferenceMillis when the last execution ended, in milliseconds of the epoch; 0 if there was none
 * @param inferenceCount rows of all successful requests, at least one for each
 * @param executionCount executions of the model, one per batch
 * @param success requests answered, from arrival to the end of their execution
 * @param fail requests that reached the scheduler and failed
 * @param queue waiting of the successful requests
 * @param computeInput preparing the inputs of the successful requests
 * @param computeInfer computing for them
 * @param computeOutput sharing out their outputs
 * @param batches the executions by batch size, smallest first
 * @param responses the responses of a decoupled model by their place in the answer, the first place first, at most
 *     1,000; empty for any other model
 * @param cacheHit requests that the response cache answered, which are successes too, and how long that took
 * @param cacheMiss requests that it had no answer for, and how long looking them up and keeping their answers took
 * @param explanation why the batches were as they were, and why requests were not run
 */
public record StatisticsSnapshot(long lastInferenceMillis, long inferenceCount, long executionCount,
        DurationStatistic success, DurationStatistic fail, DurationStatistic queue, DurationStatistic computeInput,
        DurationStatistic computeInfer, DurationStatistic computeOutput, List<BatchStatistic> batches,
        List<ResponseStatistic> responses, DurationStatistic cacheHit, DurationStatistic cacheMiss,
        Explanation explanation) {}
