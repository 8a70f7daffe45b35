package io.nereid.perf.report;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.OptionalDouble;

import static org.assertj.core.api.Assertions.assertThat;

class TextReportTest {
    private static final TextReport REPORT = new TextReport(OptionalDouble.empty());

    @Test
    void aLevel_hasTheClientsAndTheServersFigures() {
        assertThat(REPORT.level(SampleRun.level(8))).isEqualTo("""
                Concurrency: 8
                  Client:
                    Requests:    1,000 in 2.0 s
                    Throughput:  1,000 inferences/s
                    Latency:     mean 0.501 ms (standard deviation 0.289)
                                 p50 0.500, p90 0.900, p95 0.950, p99 0.990 ms
                    Processor:   10.0 us of this client per request
                  Server:
                    Inferences:  2,000 in 500 executions (mean batch 4.0), 3 requests failed
                    Cache:       10 hits (mean 2.0 us), 990 misses
                    Request:     mean 0.120 ms (queue 0.010, compute input 0.001, infer 0.100, output 0.002)
                """);
    }

    @Test
    void errorsLateRequestsAndAServerWithoutStatistics_areSaid() {
        assertThat(REPORT.level(SampleRun.failingRate(120.5, "broken"))).startsWith("Request rate: 120.5 requests/s\n")
                .contains("Requests:    1,000 in 2.0 s, and 1 failed (0.100 %)")
                .contains("Server: no figures: no statistics: broken")
                .contains("Warning: the last windows differed by more than the stability percentage.")
                .contains("Warning: 1 requests were sent late").contains("Error: broken");
    }

    @Test
    void aLevelWithoutAnswers_hasNoFigures() {
        MeasuredLevel level = SampleRun.failing(2);
        assertThat(REPORT.level(level)).isEqualTo("""
                Concurrency: 2
                  Client:
                    Requests:    0 in 2.0 s, and 5 failed (100.0 %)
                    Failed:      no connection or no answer 5
                  Server: no figures: none
                  Error: broken
                """);
        assertThat(REPORT.summary(List.of(level)).lines().toList().getLast().strip().split(" +")).containsExactly("2",
                "0.0", "-", "-", "-", "-", "-", "-", "-", "-", "5", "yes");
    }

    /** An escape sequence of a server would change the terminal of whoever measures it. */
    @Test
    void controlCharactersOfAServer_areNotWritten() {
        assertThat(REPORT.level(SampleRun.failingRate(1, "a\u001b[31mb\r\nc\u009b2Jd\u0007"))).doesNotContain("\u001b")
                .doesNotContain("\r").doesNotContain("\u009b").doesNotContain("\u0007")
                .contains("Error: a [31mb c 2Jd");
    }

    @Test
    void theSummary_hasALineForEachLevel_inColumns() {
        String summary = new TextReport(OptionalDouble.of(99.9))
                .summary(List.of(SampleRun.level(1), SampleRun.level(16)));
        List<String> lines = summary.lines().toList();
        assertThat(lines).hasSize(4);
        assertThat(lines.get(0)).isEqualTo("Latencies and times in ms");
        assertThat(lines.get(1).strip().split(" +")).containsExactly("Concurrency", "Inferences/s", "mean", "p50",
                "p90",
                "p95", "p99", "p99.9", "queue", "compute", "batch", "errors", "stable");
        assertThat(lines.get(3).strip().split(" +")).containsExactly("16", "1,000", "0.501", "0.500", "0.900", "0.950",
                "0.990", "0.999", "0.010", "0.103", "4.0", "0", "yes");
        assertThat(lines.subList(1, 4)).extracting(String::length).containsOnly(lines.get(1).length());
    }

    @Test
    void aServerWithoutStatistics_hasNoFiguresInTheSummary() {
        assertThat(REPORT.summary(List.of(SampleRun.failingRate(100, "x"))).lines().toList().getLast().strip()
                .split(" +")).endsWith("-", "-", "-", "1", "no");
    }

    @Test
    void failuresAndClients_areInTheParagraph() {
        assertThat(REPORT.level(SampleRun.refused(2)))
                .contains("    Failed:      HTTP 400 1, HTTP 503 1,200, no answer in time 3\n")
                .contains("    Clients:     2, each with 400 to 600 of the requests\n");
    }
}
