package io.nereid.perf.report;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.OptionalDouble;

import static org.assertj.core.api.Assertions.assertThat;

/** The heads are those of perf_analyzer 2.51.0, so that what reads its files reads ours. */
class CsvReportTest {
    @Test
    void levels_areInPerfAnalyzersColumns() {
        assertThat(CsvReport.of(List.of(SampleRun.level(1), SampleRun.level(2)), OptionalDouble.empty())).isEqualTo("""
                Concurrency,Inferences/Second,Client Send,Network+Server Send/Recv,Server Queue,Server Compute Input,\
                Server Compute Infer,Server Compute Output,Client Recv,p50 latency,p90 latency,p95 latency,p99 latency
                1,1000,0,388,10,1,100,2,0,500,900,950,990
                2,1000,0,388,10,1,100,2,0,500,900,950,990
                """);
    }

    @Test
    void rates_andAnotherPercentile_haveTheirOwnHeads() {
        String csv = CsvReport.of(List.of(SampleRun.failingRate(2.50, "a,b")), OptionalDouble.of(75));
        assertThat(csv).isEqualTo("""
                Request Rate,Inferences/Second,Client Send,Network+Server Send/Recv,Server Queue,Server Compute Input,\
                Server Compute Infer,Server Compute Output,Client Recv,p50 latency,p75 latency,p90 latency,p95 latency,\
                p99 latency
                2.5,1000,0,501,0,0,0,0,0,500,750,900,950,990
                """);
    }
}
