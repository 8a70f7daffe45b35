package io.nereid.bench.load.server;

import io.nereid.perf.json.JsonObject;

import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How many executions there were of each batch size.
 *
 * @param executions by batch size
 */
public record BatchSizes(SortedMap<Integer, Long> executions) {
    public BatchSizes {
        executions = new TreeMap<>(executions);
    }

    /** From a model's statistics, of all versions together. */
    static BatchSizes of(JsonObject statistics) {
        SortedMap<Integer, Long> executions = new TreeMap<>();
        for (JsonObject version : statistics.objects("model_stats")) {
            for (JsonObject batch : version.objects("batch_stats")) {
                executions.merge(Math.toIntExact(batch.number("batch_size")),
                        batch.object("compute_infer").number("count"), Long::sum);
            }
        }
        return new BatchSizes(executions);
    }

    /** What came on top since an earlier reading. */
    public BatchSizes since(BatchSizes earlier) {
        SortedMap<Integer, Long> added = new TreeMap<>();
        executions.forEach((size, count) -> {
            long more = count - earlier.executions.getOrDefault(size, 0L);
            if (more > 0) {
                added.put(size, more);
            }
        });
        return new BatchSizes(added);
    }

    /** Mean of the sizes over the executions; 0 where there are none. */
    public double mean() {
        long rows = executions.entrySet().stream().mapToLong(entry -> entry.getKey() * entry.getValue()).sum();
        long runs = executions.values().stream().mapToLong(Long::longValue).sum();
        return runs == 0 ? 0 : (double) rows / runs;
    }

    /** The sizes with the share of the executions that had them: {@code 4: 75 %, 8: 25 %}. */
    @Override
    public String toString() {
        long runs = executions.values().stream().mapToLong(Long::longValue).sum();
        return executions.entrySet().stream()
                .map(entry -> "%d: %.0f %%".formatted(entry.getKey(), 100.0 * entry.getValue() / runs))
                .collect(Collectors.joining(", "));
    }
}
