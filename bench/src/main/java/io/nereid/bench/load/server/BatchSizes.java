package io.nereid.bench.load.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import java.io.IOException;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How many executions there were of each batch size.
 *
 * @param executions by batch size
 */
public record BatchSizes(SortedMap<Integer, Long> executions) {
    private static final ObjectMapper JSON = new ObjectMapper();

    public BatchSizes {
        executions = new TreeMap<>(executions);
    }

    /** Reads the answer of {@code /v2/models/MODEL/stats}, of all versions together. */
    static BatchSizes parse(String statistics) throws IOException {
        SortedMap<Integer, Long> executions = new TreeMap<>();
        for (JsonNode version : JSON.readTree(statistics).path("model_stats")) {
            for (JsonNode batch : version.path("batch_stats")) {
                long count = batch.path("compute_infer").path("count").asLong();
                executions.merge(batch.path("batch_size").asInt(), count, Long::sum);
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
