package io.nereid.bench.load.client;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class ReportsTest {
    @Test
    void closedLoop_severalClients_comparesTheFewestWithTheMost() {
        ClosedLoopReport report = new ClosedLoopReport(List.of(client(8), client(10), client(9)), 2);

        assertThat(report.perSecond()).isEqualTo(13.5);
        assertThat(report.fairness()).isEqualTo(0.8);
        assertThat(report.latencies().count()).isEqualTo(27);
        assertThat(report.errors()).isEqualTo(3);
    }

    @Test
    void closedLoop_noAnswers_isNotFair() {
        assertThat(new ClosedLoopReport(List.of(client(0), client(0)), 2).fairness()).isZero();
    }

    @Test
    void openLoop_everyKindOfEnd_isOfferedOnceAndGoodOnlyInTime() {
        OpenLoopTally tally = new OpenLoopTally();
        for (int i = 0; i < 3_000; i++) {
            tally.answered(i);
        }
        tally.refused(503);
        tally.refused(503);
        tally.refused(400);
        tally.late();
        tally.broken();

        OpenLoopReport report = tally.report(10);

        assertThat(report.offered()).isEqualTo(3_005);
        assertThat(report.goodputPerSecond()).isEqualTo(300);
        assertThat(report.offeredPerSecond()).isEqualTo(300.5, within(1e-9));
        assertThat(report.refused()).isEqualTo(new TreeMap<>(Map.of(400, 1L, 503, 2L)));
        assertThat(report.latencies().percentileNanos(100)).isEqualTo(2_999);
        assertThat(report.late()).isEqualTo(1);
        assertThat(report.broken()).isEqualTo(1);
    }

    private static ClosedLoopReport.Client client(int answers) {
        return new ClosedLoopReport.Client(Latencies.of(LongStream.range(0, answers)), 1);
    }
}
