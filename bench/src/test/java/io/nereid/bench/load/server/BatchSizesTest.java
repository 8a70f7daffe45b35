package io.nereid.bench.load.server;

import io.nereid.perf.json.JsonObject;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

import static org.assertj.core.api.Assertions.assertThat;

class BatchSizesTest {
    private static final String STATISTICS = """
            {"model_stats":[{"name":"m","version":"1","inference_count":16,"execution_count":6,"batch_stats":[
            {"batch_size":1,"compute_input":{"count":9,"ns":1},"compute_infer":{"count":4,"ns":7}},
            {"batch_size":4,"compute_infer":{"count":2,"ns":7}}]},
            {"name":"m","version":"2","batch_stats":[{"batch_size":4,"compute_infer":{"count":1,"ns":7}}]}]}""";

    @Test
    void of_severalVersions_addsTheirExecutions() throws IOException {
        assertThat(BatchSizes.of(parsed(STATISTICS))).isEqualTo(sizes(Map.of(1, 4L, 4, 3L)));
    }

    @Test
    void of_modelThatRanNothing_isEmpty() throws IOException {
        BatchSizes none = BatchSizes.of(parsed("{\"model_stats\":[{\"batch_stats\":[]}]}"));

        assertThat(none.executions()).isEmpty();
        assertThat(none.mean()).isZero();
        assertThat(none).hasToString("");
    }

    @Test
    void since_earlierReading_leavesWhatCameOnTop() {
        assertThat(sizes(Map.of(1, 4L, 4, 3L, 8, 2L)).since(sizes(Map.of(1, 4L, 4, 1L))))
                .isEqualTo(sizes(Map.of(4, 2L, 8, 2L)));
    }

    @Test
    void mean_ofExecutions_weighsTheSizes() {
        assertThat(sizes(Map.of(1, 1L, 4, 3L)).mean()).isEqualTo(3.25);
        assertThat(sizes(Map.of(1, 1L, 4, 3L))).hasToString("1: 25 %, 4: 75 %");
    }

    private static BatchSizes sizes(Map<Integer, Long> executions) {
        return new BatchSizes(new TreeMap<>(executions));
    }

    private static JsonObject parsed(String statistics) throws IOException {
        return JsonObject.parse(statistics.getBytes(StandardCharsets.UTF_8));
    }
}
