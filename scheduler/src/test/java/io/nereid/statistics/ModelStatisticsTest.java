package io.nereid.statistics;

import io.nereid.inference.Race;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

import static org.assertj.core.api.Assertions.assertThat;

class ModelStatisticsTest {
    private static final Explanation NOTHING = new Explanation(List.of(), closedBy(Map.of()), rejected(Map.of()),
            threads(Map.of()));

    private final ModelStatistics statistics = new ModelStatistics(InstantSource.fixed(Instant.ofEpochMilli(1_234)));
    private final InstanceStatistics instance = statistics.instance("m_0", ModelStatistics.NO_GPU);

    @Test
    void snapshot_nothingHappened_isAllZero() {
        assertThat(statistics.snapshot()).isEqualTo(new StatisticsSnapshot(0, 0, 0, DurationStatistic.NONE,
                DurationStatistic.NONE, DurationStatistic.NONE, DurationStatistic.NONE, DurationStatistic.NONE,
                DurationStatistic.NONE, List.of(), List.of(), DurationStatistic.NONE, DurationStatistic.NONE, NOTHING));
    }

    @Test
    void recordSuccess_addsUpEveryDuration() {
        instance.recordSuccess(4, 10, 20, 30, 40);
        instance.recordSuccess(2, 1, 2, 3, 4);
        assertThat(statistics.snapshot()).isEqualTo(new StatisticsSnapshot(0, 6, 0, new DurationStatistic(2, 110),
                DurationStatistic.NONE, new DurationStatistic(2, 11), new DurationStatistic(2, 22),
                new DurationStatistic(2, 33), new DurationStatistic(2, 44), List.of(), List.of(),
                DurationStatistic.NONE, DurationStatistic.NONE, NOTHING));
    }

    @Test
    void recordSuccess_requestOfNoRows_countsAsOneInference() {
        instance.recordSuccess(0, 1, 1, 1, 1);
        instance.recordSuccess(3, 1, 1, 1, 1);
        assertThat(statistics.snapshot().inferenceCount()).isEqualTo(4);
    }

    @Test
    void recordFailure_countsNothingElse() {
        statistics.recordFailure(FailureReason.BACKEND, 77);
        assertThat(statistics.snapshot()).isEqualTo(new StatisticsSnapshot(0, 0, 0, DurationStatistic.NONE,
                new DurationStatistic(1, 77), DurationStatistic.NONE, DurationStatistic.NONE, DurationStatistic.NONE,
                DurationStatistic.NONE, List.of(), List.of(), DurationStatistic.NONE, DurationStatistic.NONE, NOTHING));
    }

    @Test
    void recordExecution_differentSizes_areListedSmallestFirst() {
        instance.recordExecution(8, CloseReason.FULL, 1, 2, 3);
        instance.recordExecution(2, CloseReason.FULL, 10, 20, 30);
        instance.recordExecution(8, CloseReason.FULL, 1, 2, 3);
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
    void recordResponse_addsUpByPlace() {
        statistics.recordResponse(1, 10, 2);
        statistics.recordResponse(0, 5, 1);
        statistics.recordResponse(1, 20, 3);
        statistics.recordEnd(2, ResponseEnd.EMPTY, 7);
        statistics.recordEnd(0, ResponseEnd.FAIL, 8);
        statistics.recordEnd(2, ResponseEnd.CANCEL, 9);
        DurationStatistic none = DurationStatistic.NONE;
        assertThat(statistics.snapshot().responses()).containsExactly(
                new ResponseStatistic(new DurationStatistic(1, 5), new DurationStatistic(1, 1),
                        new DurationStatistic(1, 6), new DurationStatistic(1, 8), none, none),
                new ResponseStatistic(new DurationStatistic(2, 30), new DurationStatistic(2, 5),
                        new DurationStatistic(2, 35), none, none, none),
                new ResponseStatistic(none, none, none, none, new DurationStatistic(1, 7),
                        new DurationStatistic(1, 9)));
    }

    @Test
    void recordResponse_endlessStream_keepsTheFirstThousandPlaces() {
        for (int i = 0; i < 5_000; i++) {
            statistics.recordResponse(i, 1, 1);
        }
        statistics.recordEnd(5_000, ResponseEnd.EMPTY, 1);
        assertThat(statistics.snapshot().responses()).hasSize(1_000)
                .allSatisfy(place -> assertThat(place.success()).isEqualTo(new DurationStatistic(1, 2)));
    }

    @Test
    void recordExecution_manySizes_staySortedAndCounted() {
        Random random = new Random(4);
        Map<Long, Long> expected = new TreeMap<>();
        for (int i = 0; i < 1_000; i++) {
            int rows = 1 + random.nextInt(200);
            instance.recordExecution(rows, CloseReason.DELAY, 1, 1, 1);
            expected.merge((long) rows, 1L, Long::sum);
        }
        Map<Long, Long> seen = new LinkedHashMap<>();
        statistics.snapshot().batches().forEach(batch -> seen.put(batch.batchSize(), batch.computeInfer().count()));
        assertThat(seen).containsExactlyEntriesOf(expected);
    }

    @Test
    void recordExecution_reasons_areCountedPerSizeAndInAll() {
        instance.recordExecution(8, CloseReason.PREFERRED_SIZE, 1, 1, 1);
        instance.recordExecution(8, CloseReason.PREFERRED_SIZE, 1, 1, 1);
        instance.recordExecution(8, CloseReason.DELAY, 1, 1, 1);
        instance.recordExecution(3, CloseReason.DELAY, 1, 1, 1);
        Explanation explanation = statistics.snapshot().explanation();
        assertThat(explanation.batches()).containsExactly(
                new Explanation.ClosedBatches(3, 1, closedBy(Map.of(CloseReason.DELAY, 1L))),
                new Explanation.ClosedBatches(8, 3,
                        closedBy(Map.of(CloseReason.PREFERRED_SIZE, 2L, CloseReason.DELAY, 1L))));
        assertThat(explanation.closedBy())
                .isEqualTo(closedBy(Map.of(CloseReason.PREFERRED_SIZE, 2L, CloseReason.DELAY, 2L)));
        assertThat(explanation.closedBy().keySet()).containsExactly(CloseReason.values());
    }

    @Test
    void recordRejection_countsNothingElse() {
        statistics.recordRejection(Rejection.TIMEOUT);
        statistics.recordRejection(Rejection.OVERLOAD);
        statistics.recordRejection(Rejection.TIMEOUT);
        StatisticsSnapshot snapshot = statistics.snapshot();
        assertThat(snapshot.explanation().rejected())
                .isEqualTo(rejected(Map.of(Rejection.TIMEOUT, 2L, Rejection.OVERLOAD, 1L)));
        assertThat(snapshot.explanation().rejected().keySet()).containsExactly(Rejection.values());
        assertThat(snapshot.fail()).isEqualTo(DurationStatistic.NONE);
    }

    @Test
    void recordThread_countsNothingElse() {
        statistics.recordThread(ThreadChoice.CALLER);
        statistics.recordThread(ThreadChoice.LARGE);
        statistics.recordThread(ThreadChoice.CALLER);
        StatisticsSnapshot snapshot = statistics.snapshot();
        assertThat(snapshot.explanation().threads())
                .isEqualTo(threads(Map.of(ThreadChoice.CALLER, 2L, ThreadChoice.LARGE, 1L)));
        assertThat(snapshot.explanation().threads().keySet()).containsExactly(ThreadChoice.values());
        assertThat(snapshot.executionCount()).isZero();
    }

    @Test
    void snapshot_taken_doesNotChangeAfterwards() {
        instance.recordExecution(1, CloseReason.FULL, 1, 1, 1);
        StatisticsSnapshot before = statistics.snapshot();
        instance.recordExecution(1, CloseReason.FULL, 1, 1, 1);
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
                    instance.recordSuccess(1, 1, 2, 3, 4);
                }
            }
        });
        assertThat(statistics.snapshot().success()).isEqualTo(new DurationStatistic(15_000, 150_000));
    }

    @Test
    void snapshot_severalInstances_addsThemUp() {
        InstanceStatistics other = statistics.instance("m_1", ModelStatistics.NO_GPU);
        instance.recordSuccess(4, 10, 20, 30, 40);
        other.recordStreamed(2, 1, 2, 3, 4);
        instance.recordExecution(4, CloseReason.FULL, 20, 30, 40);
        other.recordExecution(2, CloseReason.DELAY, 2, 3, 4);
        other.recordExecution(4, CloseReason.DELAY, 1, 1, 1);
        StatisticsSnapshot snapshot = statistics.snapshot();
        assertThat(snapshot.success()).isEqualTo(new DurationStatistic(2, 110));
        assertThat(snapshot.inferenceCount()).isEqualTo(6);
        assertThat(snapshot.executionCount()).isEqualTo(3);
        assertThat(snapshot.batches()).containsExactly(
                new BatchStatistic(2, new DurationStatistic(1, 2), new DurationStatistic(1, 3),
                        new DurationStatistic(1, 4)),
                new BatchStatistic(4, new DurationStatistic(2, 21), new DurationStatistic(2, 31),
                        new DurationStatistic(2, 41)));
        assertThat(snapshot.explanation().closedBy())
                .isEqualTo(closedBy(Map.of(CloseReason.FULL, 1L, CloseReason.DELAY, 2L)));
    }

    @Test
    void snapshot_whileInstancesComeAndGo_neverLosesNorCountsTwice() throws Exception {
        Race.run(4, thread -> {
            long seen = 0;
            for (int i = 0; i < 1_000; i++) {
                if (thread == 0) {
                    long now = statistics.snapshot().success().count();
                    assertThat(now).isGreaterThanOrEqualTo(seen);
                    seen = now;
                } else {
                    try (InstanceStatistics shortLived = statistics.instance("m", thread)) {
                        shortLived.recordSuccess(1, 1, 2, 3, 4);
                    }
                }
            }
        });
        assertThat(statistics.snapshot().success()).isEqualTo(new DurationStatistic(3_000, 30_000));
        assertThat(statistics.metrics().instances()).hasSize(1);
    }

    /** The counts with those that are 0. */
    private static Map<CloseReason, Long> closedBy(Map<CloseReason, Long> counts) {
        Map<CloseReason, Long> all = new EnumMap<>(CloseReason.class);
        for (CloseReason reason : CloseReason.values()) {
            all.put(reason, counts.getOrDefault(reason, 0L));
        }
        return all;
    }

    private static Map<ThreadChoice, Long> threads(Map<ThreadChoice, Long> counts) {
        Map<ThreadChoice, Long> all = new EnumMap<>(ThreadChoice.class);
        for (ThreadChoice choice : ThreadChoice.values()) {
            all.put(choice, counts.getOrDefault(choice, 0L));
        }
        return all;
    }

    private static Map<Rejection, Long> rejected(Map<Rejection, Long> counts) {
        Map<Rejection, Long> all = new EnumMap<>(Rejection.class);
        for (Rejection reason : Rejection.values()) {
            all.put(reason, counts.getOrDefault(reason, 0L));
        }
        return all;
    }
}
