package io.nereid.statistics;

import io.nereid.inference.Race;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class ModelStatisticsTest {
    private final ModelStatistics statistics = new ModelStatistics(InstantSource.fixed(Instant.ofEpochMilli(1_234)));

    @Test
    void snapshot_nothingHappened_isAllZero() {
        assertThat(statistics.snapshot()).isEqualTo(new StatisticsSnapshot(0, 0, 0, DurationStatistic.NONE,
                DurationStatistic.NONE, DurationStatistic.NONE, DurationStatistic.NONE, DurationStatistic.NONE,
                DurationStatistic.NONE, List.of()));
    }

    @Test
    void recordSuccess_addsUpEveryDuration() {
        statistics.recordSuccess(4, 10, 20, 30, 40);
        statistics.recordSuccess(2, 1, 2, 3, 4);
        assertThat(statistics.snapshot()).isEqualTo(new StatisticsSnapshot(0, 6, 0, new DurationStatistic(2, 110),
                DurationStatistic.NONE, new DurationStatistic(2, 11), new DurationStatistic(2, 22),
                new DurationStatistic(2, 33), new DurationStatistic(2, 44), List.of()));
    }

    @Test
    void recordSuccess_requestOfNoRows_countsAsOneInference() {
        statistics.recordSuccess(0, 1, 1, 1, 1);
        statistics.recordSuccess(3, 1, 1, 1, 1);
        assertThat(statistics.snapshot().inferenceCount()).isEqualTo(4);
    }

    @Test
    void recordFailure_countsNothingElse() {
        statistics.recordFailure(77);
        assertThat(statistics.snapshot()).isEqualTo(new StatisticsSnapshot(0, 0, 0, DurationStatistic.NONE,
                new DurationStatistic(1, 77), DurationStatistic.NONE, DurationStatistic.NONE, DurationStatistic.NONE,
                DurationStatistic.NONE, List.of()));
    }

    @Test
    void recordExecution_differentSizes_areListedSmallestFirst() {
        statistics.recordExecution(8, 1, 2, 3);
        statistics.recordExecution(2, 10, 20, 30);
        statistics.recordExecution(8, 1, 2, 3);
        StatisticsSnapshot snapshot = statistics.snapshot();
        assertThat(snapshot.executionCount()).isEqualTo(3);
        assertThat(snapshot.lastInferenceMillis()).isEqualTo(1_234);
        assertThat(snapshot.batches()).containsExactly(
                new BatchStatistic(2, new DurationStatistic(1, 10), new DurationStatistic(1, 20),
                        new DurationStatistic(1, 30)),
                new BatchStatistic(8, new DurationStatistic(2, 2), new DurationStatistic(2, 4),
                        new DurationStatistic(2, 6)));
    }

    @Test
    void snapshot_taken_doesNotChangeAfterwards() {
        statistics.recordExecution(1, 1, 1, 1);
        StatisticsSnapshot before = statistics.snapshot();
        statistics.recordExecution(1, 1, 1, 1);
        assertThat(before.executionCount()).isEqualTo(1);
        assertThat(before.batches().getFirst().computeInfer().count()).isEqualTo(1);
    }

    @Test
    void snapshot_whileOthersRecord_showsWholeRecordsOnly() throws Exception {
        Race.run(4, thread -> {
            for (int i = 0; i < 5_000; i++) {
                if (thread == 0) {
                    StatisticsSnapshot seen = statistics.snapshot();
                    assertThat(seen.success().nanos()).isEqualTo(seen.success().count() * 10);
                    assertThat(seen.queue().count()).isEqualTo(seen.success().count());
                    assertThat(seen.inferenceCount()).isEqualTo(seen.success().count());
                } else {
                    statistics.recordSuccess(1, 1, 2, 3, 4);
                }
            }
        });
        assertThat(statistics.snapshot().success()).isEqualTo(new DurationStatistic(15_000, 150_000));
    }
}
