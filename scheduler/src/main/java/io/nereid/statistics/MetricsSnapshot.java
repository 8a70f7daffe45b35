package io.nereid.statistics;

import java.util.List;
import java.util.Map;

/**
 * What the metrics of one model version say at one moment, consistent in itself and with a {@link StatisticsSnapshot}
 * of the same moment.
 *
 * @param devices what its instances did, by the device they are on: those that have or had instances, the CPU first
 * @param failures requests that failed, by reason; every reason is there
 * @param rejected requests that were not run, by reason; every reason is there
 * @param closedBy executions by what closed their batch; every reason is there
 * @param requests nanoseconds from arrival to the end of the execution, of the successful requests
 * @param queue nanoseconds in the queue, of the successful requests
 * @param compute nanoseconds on an instance, of the successful requests
 * @param batchSize rows of the executions
 * @param firstResponse nanoseconds from arrival to the first response
 * @param instances those there are now
 * @param cacheHit requests that the response cache answered
 * @param cacheMiss requests that it had no answer for
 * @param loadNanos how long the version took to load; 0 until it has
 */
public record MetricsSnapshot(List<DeviceSnapshot> devices, Map<FailureReason, Long> failures,
        Map<Rejection, Long> rejected, Map<CloseReason, Long> closedBy, HistogramSnapshot requests,
        HistogramSnapshot queue, HistogramSnapshot compute, HistogramSnapshot batchSize,
        HistogramSnapshot firstResponse, List<InstanceSnapshot> instances, DurationStatistic cacheHit,
        DurationStatistic cacheMiss, long loadNanos) {}
