package io.nereid.scheduler.instance;

import io.nereid.inference.CountingLease;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.FakeClock;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.RecordingListener;
import io.nereid.inference.Requests;
import io.nereid.inference.ResponseListener;
import io.nereid.scheduler.BatchKey;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.scheduler.QueuedRequests;
import io.nereid.statistics.BatchStatistic;
import io.nereid.statistics.CloseReason;
import io.nereid.statistics.DurationStatistic;
import io.nereid.statistics.ModelStatistics;
import io.nereid.statistics.StatisticsSnapshot;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class BatchTest {
    private final FakeClock clock = new FakeClock(Long.MAX_VALUE - 100); // wraps around in the middle
    private final ModelStatistics statistics = new ModelStatistics(InstantSource.fixed(Instant.ofEpochMilli(9)));
    private final List<Throwable> defects = new ArrayList<>();
    private final List<QueuedRequest> taken = new ArrayList<>();
    private final AtomicInteger terminations = new AtomicInteger();
    private final Batch batch = new Batch(clock, terminations::incrementAndGet);

    // Times

    @Test
    void finish_backendNamedAllPhases_recordsEachOne() {
        RecordingListener listener = queued(4, Lease.NONE);
        clock.advanceNanos(100);
        batch.start(taken);
        clock.advanceNanos(20);
        batch.inputsReady();
        clock.advanceNanos(300);
        batch.outputsStart();
        clock.advanceNanos(7);
        batch.respond(0, Requests.response(Lease.NONE));
        finish();
        StatisticsSnapshot seen = statistics.snapshot();
        assertThat(seen).isEqualTo(new StatisticsSnapshot(9, 4, 1, once(427), DurationStatistic.NONE, once(100),
                once(20), once(300), once(7), List.of(new BatchStatistic(4, once(20), once(300), once(7))),
                seen.explanation()));
        assertThat(seen.explanation().closedBy()).containsEntry(CloseReason.INSTANCE_IDLE, 1L);
        assertThat(listener.outcomes()).hasSize(1);
    }

    @Test
    void finish_backendNamedNoPhase_countsItAllAsInfer() {
        queued(1, Lease.NONE);
        batch.start(taken);
        clock.advanceNanos(50);
        batch.respond(0, Requests.response(Lease.NONE));
        finish();
        StatisticsSnapshot seen = statistics.snapshot();
        assertThat(seen.computeInput()).isEqualTo(once(0));
        assertThat(seen.computeInfer()).isEqualTo(once(50));
        assertThat(seen.computeOutput()).isEqualTo(once(0));
    }

    @Test
    void finish_backendNamedInputsOnly_countsTheRestAsInfer() {
        queued(1, Lease.NONE);
        batch.start(taken);
        clock.advanceNanos(5);
        batch.inputsReady();
        clock.advanceNanos(50);
        batch.respond(0, Requests.response(Lease.NONE));
        finish();
        StatisticsSnapshot seen = statistics.snapshot();
        assertThat(seen.computeInput()).isEqualTo(once(5));
        assertThat(seen.computeInfer()).isEqualTo(once(50));
        assertThat(seen.computeOutput()).isEqualTo(once(0));
    }

    @Test
    void start_afterAnotherExecution_rememberNothingOfIt() {
        queued(1, Lease.NONE);
        batch.start(taken);
        batch.outputsStart();
        batch.respond(0, Requests.response(Lease.NONE));
        finish();
        clock.advanceNanos(1_000);
        queued(2, Lease.NONE);
        batch.start(taken);
        assertThat(batch.rows()).isEqualTo(2);
        assertThat(batch.size()).isEqualTo(1);
        clock.advanceNanos(10);
        batch.respond(0, Requests.response(Lease.NONE));
        finish();
        assertThat(statistics.snapshot().computeInfer()).isEqualTo(new DurationStatistic(2, 10));
        assertThat(statistics.snapshot().computeOutput()).isEqualTo(new DurationStatistic(2, 0));
    }

    @Test
    void finish_severalRequests_countsTheExecutionOnceAndEachRequestsOwnQueueTime() {
        queued(1, Lease.NONE);
        clock.advanceNanos(10);
        queued(3, Lease.NONE);
        clock.advanceNanos(10);
        batch.start(taken);
        assertThat(batch.rows()).isEqualTo(4);
        clock.advanceNanos(5);
        batch.respond(1, Requests.response(Lease.NONE));
        batch.respond(0, Requests.response(Lease.NONE));
        finish();
        StatisticsSnapshot seen = statistics.snapshot();
        assertThat(seen.executionCount()).isEqualTo(1);
        assertThat(seen.inferenceCount()).isEqualTo(4);
        assertThat(seen.queue()).isEqualTo(new DurationStatistic(2, 30));
        assertThat(seen.success()).isEqualTo(new DurationStatistic(2, 40));
        assertThat(seen.batches()).containsExactly(new BatchStatistic(4, once(0), once(5), once(0)));
    }

    @Test
    void finish_requestWithoutRows_countsOneInferenceAndAnExecutionOfNoRows() {
        queued(0, Lease.NONE);
        batch.start(taken);
        assertThat(batch.rows()).isZero();
        batch.respond(0, Requests.response(Lease.NONE));
        finish();
        assertThat(statistics.snapshot().inferenceCount()).isEqualTo(1);
        assertThat(statistics.snapshot().batches()).extracting(BatchStatistic::batchSize).containsExactly(0L);
    }

    // Failures

    @Test
    void finish_allFailed_countsFailuresAndNoExecution() {
        queued(1, Lease.NONE);
        clock.advanceNanos(30);
        batch.start(taken);
        clock.advanceNanos(12);
        batch.fail(0, new InferenceException(ErrorCode.INVALID_ARG, "bad row"));
        finish();
        StatisticsSnapshot seen = statistics.snapshot();
        assertThat(seen.fail()).isEqualTo(once(42));
        assertThat(seen.success()).isEqualTo(DurationStatistic.NONE);
        assertThat(seen.queue()).isEqualTo(DurationStatistic.NONE);
        assertThat(seen.executionCount()).isZero();
        assertThat(seen.lastInferenceMillis()).isZero();
    }

    @Test
    void finish_someFailed_countsTheExecutionOfAllRows() {
        RecordingListener good = queued(2, Lease.NONE);
        RecordingListener bad = queued(3, Lease.NONE);
        batch.start(taken);
        InferenceResponse response = Requests.response(Lease.NONE);
        batch.respond(0, response);
        batch.fail(1, new InferenceException(ErrorCode.INVALID_ARG, "bad row"));
        finish();
        assertThat(good.response()).isSameAs(response);
        assertThat(bad.error().text()).isEqualTo("bad row");
        assertThat(statistics.snapshot().inferenceCount()).isEqualTo(2);
        assertThat(statistics.snapshot().batches()).extracting(BatchStatistic::batchSize).containsExactly(5L);
    }

    @Test
    void finish_requestWithoutAnswer_failsInternal() {
        RecordingListener answered = queued(1, Lease.NONE);
        RecordingListener forgotten = queued(1, Lease.NONE);
        batch.start(taken);
        batch.respond(0, Requests.response(Lease.NONE));
        finish();
        assertThat(answered.outcome()).isInstanceOf(InferenceResponse.class);
        assertThat(forgotten.error().code()).isEqualTo(ErrorCode.INTERNAL);
    }

    @Test
    void respond_twice_keepsTheFirstAnswerAndReleasesTheSecond() {
        RecordingListener listener = queued(1, Lease.NONE);
        batch.start(taken);
        CountingLease kept = new CountingLease();
        CountingLease dropped = new CountingLease();
        InferenceResponse first = Requests.response(kept);
        batch.respond(0, first);
        assertThatThrownBy(() -> batch.respond(0, Requests.response(dropped)))
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("request 0");
        assertThatThrownBy(() -> batch.fail(0, new InferenceException(ErrorCode.INTERNAL, "too late")))
                .isInstanceOf(IllegalStateException.class);
        finish();
        assertThat(listener.response()).isSameAs(first);
        assertThat(kept.releases()).isZero();
        assertThat(dropped.releases()).isEqualTo(1);
    }

    // Ownership

    @Test
    void finish_everyOutcome_releasesEachInputOnceBeforeAnyListenerHears() {
        CountingLease first = new CountingLease();
        CountingLease second = new CountingLease();
        List<Integer> releasesHeard = new ArrayList<>();
        ResponseListener watching = new ResponseListener() {
            @Override
            public void onResponse(InferenceResponse response, boolean last) {
                releasesHeard.add(first.releases() + second.releases());
            }

            @Override
            public void onError(InferenceException error) {
                releasesHeard.add(first.releases() + second.releases());
            }
        };
        taken.add(new QueuedRequest(Requests.of("a", 1, first), watching, BatchKey.ANY, clock.nanoTime(),
                QueuedRequests::nobodyCancels));
        taken.add(new QueuedRequest(Requests.of("b", 1, second), watching, BatchKey.ANY, clock.nanoTime(),
                QueuedRequests::nobodyCancels));
        batch.start(taken);
        batch.respond(0, Requests.response(Lease.NONE));
        finish();
        assertThat(releasesHeard).containsExactly(2, 2);
        assertThat(first.releases()).isEqualTo(1);
        assertThat(second.releases()).isEqualTo(1);
        assertThat(batch.size()).isZero();
    }

    @Test
    void finish_leaseThrows_reportsItAndServesTheOthers() {
        IllegalStateException released = new IllegalStateException("released already");
        RecordingListener harmed = queued(1, () -> {
            throw released;
        });
        CountingLease memory = new CountingLease();
        RecordingListener listener = queued(1, memory);
        batch.start(taken);
        batch.respond(0, Requests.response(Lease.NONE));
        batch.respond(1, Requests.response(Lease.NONE));
        finish();
        assertThat(defects).containsExactly(released);
        assertThat(memory.releases()).isEqualTo(1);
        assertThat(harmed.outcomes()).hasSize(1);
        assertThat(listener.outcomes()).hasSize(1);
        assertThat(statistics.snapshot().success().count()).isEqualTo(2);
    }

    // Giving up

    @Test
    void giveUp_theOnlyRequest_terminatesOnce() {
        queued(1, Lease.NONE);
        batch.start(taken);
        giveUp(taken.getFirst());
        giveUp(taken.getFirst());
        assertThat(terminations).hasValue(1);
        assertThat(batch.end()).isTrue();
    }

    @Test
    void giveUp_oneOfTwo_letsTheOtherRunUntilItIsGivenUpToo() {
        queued(1, Lease.NONE);
        queued(1, Lease.NONE);
        batch.start(taken);
        giveUp(taken.getFirst());
        giveUp(taken.getFirst());
        assertThat(terminations).hasValue(0);
        giveUp(taken.getLast());
        assertThat(terminations).hasValue(1);
    }

    @Test
    void giveUp_betweenTheQueueAndTheStart_terminatesAtTheStart() {
        queued(1, Lease.NONE);
        giveUp(taken.getFirst());
        assertThat(terminations).hasValue(0);
        batch.start(taken);
        assertThat(terminations).hasValue(1);
        assertThat(batch.end()).isTrue();
    }

    @Test
    void giveUp_afterTheExecution_doesNothing() {
        queued(1, Lease.NONE);
        batch.start(taken);
        assertThat(batch.end()).isFalse();
        giveUp(taken.getFirst());
        assertThat(terminations).hasValue(0);
    }

    @Test
    void giveUp_aRequestOfAnEarlierExecution_doesNothingToTheNext() {
        queued(1, Lease.NONE);
        QueuedRequest earlier = taken.getFirst();
        batch.start(taken);
        batch.respond(0, Requests.response(Lease.NONE));
        finish();
        queued(1, Lease.NONE);
        batch.start(taken);
        giveUp(earlier);
        assertThat(terminations).hasValue(0);
        giveUp(taken.getFirst());
        assertThat(terminations).hasValue(1);
    }

    /** What a scheduler does with a request that has left its queue. */
    private void giveUp(QueuedRequest request) {
        QueuedRequests.giveUp(request);
        batch.giveUp(request);
    }

    private RecordingListener queued(int rows, Lease memory) {
        RecordingListener listener = new RecordingListener();
        taken.add(new QueuedRequest(Requests.of("r", rows, memory), listener, BatchKey.ANY, clock.nanoTime(),
                QueuedRequests::nobodyCancels));
        return listener;
    }

    private void finish() {
        boolean _ = batch.end();
        batch.finish(CloseReason.INSTANCE_IDLE, statistics, (queued, outcome) -> outcome.tell(queued.listener()),
                defects::add);
    }

    private static DurationStatistic once(long nanos) {
        return new DurationStatistic(1, nanos);
    }
}
