package io.nereid.perf.statistics;

import io.nereid.perf.json.JsonObject;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BinaryOperator;

/**
 * What a server counted of one model, all its versions together: since the server started, or between two moments.
 *
 * @param inferences rows of requests that succeeded, without those from the response cache
 * @param executions batches that the model computed
 * @param success requests that succeeded, from their arrival to their answer
 * @param fail requests that failed, likewise
 * @param queue how long requests waited
 * @param computeInput how long inputs were gathered
 * @param computeInfer how long the model computed
 * @param computeOutput how long outputs were written
 * @param cacheHit requests that the response cache answered
 * @param cacheMiss requests that it could not answer
 * @param batches by the number of rows that were executed together
 */
public record ModelStatistics(String model, long inferences, long executions, Durations success, Durations fail,
        Durations queue, Durations computeInput, Durations computeInfer, Durations computeOutput, Durations cacheHit,
        Durations cacheMiss, SortedMap<Long, BatchDurations> batches) {
    public ModelStatistics {
        batches = Collections.unmodifiableSortedMap(new TreeMap<>(batches));
    }

    /** Nothing counted. */
    static ModelStatistics none(String model) {
        return of(model, JsonObject.EMPTY);
    }

    /** One entry of {@code model_stats}, which is of one version. */
    static ModelStatistics of(String model, JsonObject version) {
        JsonObject counted = version.object("inference_stats");
        SortedMap<Long, BatchDurations> batches = new TreeMap<>();
        for (JsonObject batch : version.objects("batch_stats")) {
            batches.merge(batch.number("batch_size"), BatchDurations.of(batch), BatchDurations::plus);
        }
        return new ModelStatistics(model, version.number("inference_count"), version.number("execution_count"),
                Durations.of(counted.object("success")), Durations.of(counted.object("fail")),
                Durations.of(counted.object("queue")), Durations.of(counted.object("compute_input")),
                Durations.of(counted.object("compute_infer")), Durations.of(counted.object("compute_output")),
                Durations.of(counted.object("cache_hit")), Durations.of(counted.object("cache_miss")), batches);
    }

    ModelStatistics plus(ModelStatistics other) {
        return combined(other, inferences + other.inferences, executions + other.executions, Durations::plus,
                BatchDurations::plus);
    }

    ModelStatistics minus(ModelStatistics before) {
        return combined(before, inferences - before.inferences, executions - before.executions, Durations::minus,
                BatchDurations::minus);
    }

    private ModelStatistics combined(ModelStatistics other, long combinedInferences, long combinedExecutions,
            BinaryOperator<Durations> durations, BinaryOperator<BatchDurations> batch) {
        SortedMap<Long, BatchDurations> sizes = new TreeMap<>(batches);
        other.batches.keySet().forEach(size -> sizes.putIfAbsent(size, BatchDurations.NONE));
        sizes.replaceAll((size, counted) -> batch.apply(counted,
                other.batches.getOrDefault(size, BatchDurations.NONE)));
        sizes.values().removeIf(BatchDurations.NONE::equals);
        return new ModelStatistics(model, combinedInferences, combinedExecutions,
                durations.apply(success, other.success), durations.apply(fail, other.fail),
                durations.apply(queue, other.queue), durations.apply(computeInput, other.computeInput),
                durations.apply(computeInfer, other.computeInfer), durations.apply(computeOutput, other.computeOutput),
                durations.apply(cacheHit, other.cacheHit), durations.apply(cacheMiss, other.cacheMiss), sizes);
    }

    /** Whether a counter is below 0, which a difference is of counters that began anew. */
    boolean wentBack() {
        return inferences < 0 || executions < 0 || success.count() < 0 || fail.count() < 0;
    }

    /**
     * What a part of the requests' time is for each request that succeeded, in nanoseconds. Not the part's own mean: a
     * request that the response cache answers has no part in computing.
     */
    public double nanosPerRequest(Durations part) {
        return success.count() == 0 ? 0 : (double) part.totalNanos() / success.count();
    }

    /** Rows computed together, in the mean; 0 where nothing was computed. */
    public double meanBatchSize() {
        return executions == 0 ? 0 : (double) inferences / executions;
    }
}
