package io.nereid.bench.load.batching;

import io.nereid.bench.load.LoadReport;
import io.nereid.bench.load.MarkdownTable;
import io.nereid.bench.load.server.BatchSizes;
import io.nereid.bench.load.server.Usage;
import io.nereid.bench.load.server.UsageCourse;
import io.nereid.perf.client.AnswersByClient;
import io.nereid.perf.client.Failures;
import io.nereid.perf.client.Latencies;
import io.nereid.perf.client.Sample;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TablesTest {
    @Test
    void table_headerAndRow_areMarkdown() {
        MarkdownTable table = new MarkdownTable("a", "b");

        assertThat(table.header()).isEqualTo("| a | b |\n| --- | ---: |\n");
        assertThat(table.row("x", 3)).isEqualTo("| x | 3 |\n");
    }

    @Test
    void table_rowOfAnotherLength_isRefused() {
        assertThatThrownBy(() -> new MarkdownTable("a", "b").row("x")).isInstanceOf(IllegalArgumentException.class)
                .hasMessage("got 1 cells for 2 headers");
    }

    @Test
    void row_openLoop_comparesGoodputWithCapacity() {
        Failures failures = new Failures(new TreeMap<>(Map.of("HTTP 503", 300L, "HTTP 429", 2L)), 100, 1);
        LoadReport report = new LoadReport(new Sample(Latencies.of(LongStream.range(1, 400).map(i -> i * 1_000_000)),
                399, failures, List.of(), 0, AnswersByClient.NONE), 2);
        UsageCourse usage = new UsageCourse(
                List.of(new Usage(100 << 20, 10 << 20, 0, 0), new Usage(110 << 20, 9 << 20, 0, 5)));
        BatchSizes batches = new BatchSizes(new TreeMap<>(Map.of(4, 100L)));

        assertThat(OpenLoopScenario.row("m", 210, report, usage, batches))
                .isEqualTo("| m | 210 | 401 | 200 | 95 % | 200.0"
                        + " | 396.0 | 429: 2, 503: 300 | 100 | 1 | 4.0 | 100, 100, 110, 110 | 10, 10, 10, 9 |\n");
    }
}
