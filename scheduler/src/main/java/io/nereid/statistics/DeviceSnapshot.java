package io.nereid.statistics;

import java.util.Map;

/**
 * What the instances of one model version on one device did until one moment.
 *
 * @param gpu the GPU's number as CUDA counts; {@link ModelStatistics#NO_GPU} for those on none
 * @param success requests answered
 * @param inferences their rows, at least one for each
 * @param executions executions of the model
 * @param busyNanos nanoseconds of all executions together, failed ones included
 * @param micros their times in microseconds, each cut to a whole number before it was added; every phase is there
 * @param summaries how those times were distributed; every phase is there, or none where nobody asked for quantiles
 */
public record DeviceSnapshot(int gpu, long success, long inferences, long executions, long busyNanos,
        Map<Phase, Long> micros,
        Map<Phase, SummarySnapshot> summaries) {}
