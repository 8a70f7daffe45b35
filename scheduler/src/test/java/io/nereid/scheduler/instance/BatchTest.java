package io.nereid.scheduler.instance;

import io.nereid.inference.CountingLease;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.FakeClock;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.Outcome;
import io.nereid.inference.RecordingListener;
import io.nereid.inference.Requests;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.StreamListener;
import io.nereid.scheduler.BatchKey;
import io.nereid.scheduler.ExecutionResults;
import io.nereid.scheduler.NullRow;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.scheduler.QueuedRequests;
import io.nereid.scheduler.Release;
import io.nereid.statistics.BatchStatistic;
import io.nereid.statistics.CloseReason;
import io.nereid.statistics.DurationStatistic;
import io.nereid.statistics.FailureReason;
import io.nereid.statistics.InstanceSnapshot;
import io.nereid.statistics.MetricsSnapshot;
import io.nereid.statistics.ModelStatistics;
import io.nereid.statistics.ResponseStatistic;
import io.nereid.statistics.StatisticsSnapshot;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class BatchTest {
    private final FakeClock clock = new FakeClock(Long.MAX_VALUE - 100); // wraps around in the middle
    private final ModelStatistics statistics = new ModelStatistics(InstantSource.fixed(Instant.ofEpochMilli(9)));
    private final List<Throwable> defects = new ArrayList<>();
    private final List<QueuedRequest> taken = new ArrayList<>();
    private final AtomicInteger terminations = new AtomicInteger();
    private final InstanceEnvironment environment = new InstanceEnvironment(false, statistics, clock,
            (_, defect) -> defects.add(defect));
    private final OpenSenders openSenders = new OpenSenders();
    private Batch batch = new Batch(statistics.instance("m_0", ModelStatistics.NO_GPU), environment, openSenders,
            terminations::incrementAndGet, QueuedRequests::deliver);

    // Null rows

    @Test
    void finish_nullRow_isARowOfTheBatchAndCountsNowhereElse() {
        CountingLease memory = new CountingLease();
        queued(1, Lease.NONE);
        taken.add(new NullRow(Requests.of("null")));
        batch.start(taken);
        assertThat(batch.rows()).isEqualTo(2);
        assertThat(batch.cancelled(1).getAsBoolean()).isTrue();
        batch.respond(0, Requests.response(Lease.NONE));
        batch.respond(1, Requests.response(memory));
        assertThat(batch.isAnswered()).isTrue();
        finish();
        assertThat(memory.releases()).isEqualTo(1);
        StatisticsSnapshot counted = statistics.snapshot();
        assertThat(counted.inferenceCount()).isEqualTo(1);
        assertThat(counted.success().count()).isEqualTo(1);
        assertThat(counted.fail().count()).isZero();
        assertThat(counted.batches()).singleElement().satisfies(size -> assertThat(size.batchSize()).isEqualTo(2));
        assertThat(defects).isEmpty();
    }

    @Test
    void cancel_onlyNullRowsAreLeft_endsTheExecution() {
        queued(1, Lease.NONE);
        taken.add(new NullRow(Requests.of("null")));
        batch.start(taken);
        assertThat(terminations).hasValue(0);
        cancel(taken.getFirst());
        assertThat(terminations).hasValue(1);
        assertThat(batch.end()).isTrue();
        batch.failUnanswered(new InferenceException(ErrorCode.CANCELLED, "given up"));
        finish();
        assertThat(statistics.snapshot().fail().count()).isEqualTo(1);
    }

    // Metrics

    @Test
    void finish_failures_countByTheirReasonAndKeepTheInstanceBusy() {
        queued(1, Lease.NONE);
        queued(1, Lease.NONE);
        batch.start(taken);
        clock.advanceNanos(40);
        batch.fail(0, new InferenceException(ErrorCode.INTERNAL, "broken"));
        batch.fail(1, new InferenceException(ErrorCode.CANCELLED, "given up"));
        finish();
        MetricsSnapshot metrics = statistics.metrics();
        assertThat(metrics.failures()).containsEntry(FailureReason.BACKEND, 1L)
                .containsEntry(FailureReason.CANCELED, 1L)
                .containsEntry(FailureReason.REJECTED, 0L);
        assertThat(metrics.instances()).containsExactly(new InstanceSnapshot("m_0", ModelStatistics.NO_GPU, 40));
        assertThat(metrics.batchSize().count()).isZero();
    }

    @Test
    void finish_success_isInTheHistogramsAndKeepsTheInstanceBusy() {
        queued(3, Lease.NONE);
        clock.advanceNanos(100);
        batch.start(taken);
        clock.advanceNanos(40);
        batch.respond(0, Requests.response(Lease.NONE));
        finish();
        MetricsSnapshot metrics = statistics.metrics();
        assertThat(metrics.requests().sum()).isEqualTo(140);
        assertThat(metrics.queue().sum()).isEqualTo(100);
        assertThat(metrics.compute().sum()).isEqualTo(40);
        assertThat(metrics.batchSize().sum()).isEqualTo(3);
        assertThat(metrics.firstResponse().sum()).isEqualTo(140);
        assertThat(metrics.instances()).containsExactly(new InstanceSnapshot("m_0", ModelStatistics.NO_GPU, 40));
    }

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
                once(20), once(300), once(7), List.of(new BatchStatistic(4, once(20), once(300), once(7))), List.of(),
                DurationStatistic.NONE, DurationStatistic.NONE, seen.explanation()));
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
        cancel(taken.getFirst());
        cancel(taken.getFirst());
        assertThat(terminations).hasValue(1);
        assertThat(batch.end()).isTrue();
    }

    @Test
    void giveUp_oneOfTwo_letsTheOtherRunUntilItIsGivenUpToo() {
        queued(1, Lease.NONE);
        queued(1, Lease.NONE);
        batch.start(taken);
        cancel(taken.getFirst());
        cancel(taken.getFirst());
        assertThat(terminations).hasValue(0);
        cancel(taken.getLast());
        assertThat(terminations).hasValue(1);
    }

    @Test
    void giveUp_betweenTheQueueAndTheStart_terminatesAtTheStart() {
        queued(1, Lease.NONE);
        cancel(taken.getFirst());
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
        cancel(taken.getFirst());
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
        cancel(earlier);
        assertThat(terminations).hasValue(0);
        cancel(taken.getFirst());
        assertThat(terminations).hasValue(1);
    }

    // Senders

    @Test
    void sender_ofAModelThatIsNotDecoupled_answersAfterTheExecution() {
        RecordingListener listener = queued(1, Lease.NONE);
        batch.start(taken);
        ResponseSender sender = batch.sender(0);
        finish();
        assertThat(listener.outcomes()).isEmpty();
        assertThat(statistics.snapshot().success().count()).isOne();
        CountingLease outputs = new CountingLease();
        sender.sendLast(Requests.response(outputs));
        assertThat(listener.response()).isNotNull();
        assertThat(statistics.snapshot().responses()).as("of decoupled models only").isEmpty();
        openSenders.awaitNone();
    }

    @Test
    void sender_ofAModelThatIsNotDecoupled_hasExactlyOneResponse() {
        RecordingListener listener = queued(1, Lease.NONE);
        batch.start(taken);
        ResponseSender sender = batch.sender(0);
        CountingLease outputs = new CountingLease();
        assertThatThrownBy(() -> sender.send(Requests.response(outputs))).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("not decoupled");
        assertThat(outputs.releases()).isOne();
        sender.end();
        finish();
        assertThat(listener.error().text()).isEqualTo("expected a single response, got 0");
        assertThat(listener.outcomes()).hasSize(1);
    }

    @Test
    void respond_withAnErrorOfTheModel_countsAsASuccess() {
        RecordingListener listener = queued(2, Lease.NONE);
        batch.start(taken);
        batch.respond(0, new InferenceException(ErrorCode.INVALID_ARG, "no such word"));
        assertThat(batch.isAnswered()).isTrue();
        assertThatThrownBy(() -> batch.fail(0, new InferenceException(ErrorCode.INTERNAL, "late")))
                .isInstanceOf(IllegalStateException.class);
        finish();
        assertThat(listener.error().text()).isEqualTo("no such word");
        assertThat(statistics.snapshot().success().count()).isOne();
        assertThat(statistics.snapshot().fail().count()).isZero();
        queued(1, Lease.NONE);
        batch.start(taken);
        batch.fail(0, new InferenceException(ErrorCode.INVALID_ARG, "no such word"));
        finish();
        assertThat(statistics.snapshot().fail().count()).as("the next execution is its own").isOne();
    }

    @Test
    void cancelled_ofARequest_isThatOneAlone() {
        queued(1, Lease.NONE);
        queued(1, Lease.NONE);
        batch.start(taken);
        BooleanSupplier first = batch.cancelled(0);
        BooleanSupplier second = batch.cancelled(1);
        cancel(taken.getFirst());
        assertThat(first.getAsBoolean()).isTrue();
        assertThat(second.getAsBoolean()).isFalse();
        finish();
        assertThat(first.getAsBoolean()).as("after the execution").isTrue();
    }

    @Test
    void keepMemory_ofOneRequest_leavesItToTheBackend() {
        CountingLease kept = new CountingLease();
        CountingLease other = new CountingLease();
        queued(1, kept);
        queued(1, other);
        batch.start(taken);
        Lease memory = batch.keepMemory(0);
        assertThatThrownBy(() -> batch.keepMemory(0)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("taken twice");
        finish();
        assertThat(kept.releases()).isZero();
        assertThat(other.releases()).isOne();
        memory.release();
        assertThat(kept.releases()).isOne();
        CountingLease next = new CountingLease();
        queued(1, next);
        batch.start(taken);
        finish();
        assertThat(next.releases()).as("the next execution keeps nothing").isOne();
    }

    @Test
    void sender_outlivesTheExecution_countsTheRequestOnceAndReleasesItsInputs() {
        decoupled();
        CountingLease inputs = new CountingLease();
        StreamListener listener = streamed(inputs);
        clock.advanceNanos(10);
        batch.start(taken);
        clock.advanceNanos(5);
        ResponseSender sender = batch.sender(0);
        sender.send(Requests.response(Lease.NONE));
        finish();
        assertThat(inputs.releases()).isEqualTo(1);
        assertThat(listener.hasEnded()).isFalse();
        StatisticsSnapshot seen = statistics.snapshot();
        assertThat(seen.success()).isEqualTo(once(15));
        assertThat(seen.inferenceCount()).isEqualTo(1);
        assertThat(seen.executionCount()).isEqualTo(1);
        sender.send(Requests.response(Lease.NONE));
        sender.end();
        assertThat(listener.end()).isEqualTo("end");
        assertThat(statistics.snapshot().success()).isEqualTo(once(15));
        assertThat(statistics.snapshot().responses()).hasSize(3);
    }

    @Test
    void sender_takenTwiceOrAfterAnAnswer_isRefused() {
        decoupled();
        StreamListener first = streamed(Lease.NONE);
        streamed(Lease.NONE);
        batch.start(taken);
        ResponseSender sender = batch.sender(0);
        batch.respond(1, Requests.response(Lease.NONE));
        CountingLease dropped = new CountingLease();
        assertThatThrownBy(() -> batch.sender(0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> batch.sender(1)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> batch.respond(0, Requests.response(dropped)))
                .isInstanceOf(IllegalStateException.class);
        assertThat(dropped.releases()).isEqualTo(1);
        sender.end();
        finish();
        assertThat(first.end()).isEqualTo("end");
    }

    @Test
    void finish_decoupledModelAnswersByTheBatch_isTheOnlyResponse() {
        decoupled();
        StreamListener answered = streamed(Lease.NONE);
        StreamListener failed = streamed(Lease.NONE);
        batch.start(taken);
        clock.advanceNanos(6);
        batch.outputsStart();
        clock.advanceNanos(2);
        batch.respond(0, Requests.response(Lease.NONE));
        batch.fail(1, new InferenceException(ErrorCode.INVALID_ARG, "bad row"));
        finish();
        assertThat(answered.end()).isEqualTo("last");
        assertThat(failed.error().text()).isEqualTo("bad row");
        assertThat(statistics.snapshot().responses()).containsExactly(new ResponseStatistic(once(6), once(2), once(8),
                once(8), DurationStatistic.NONE, DurationStatistic.NONE));
    }

    @Test
    void sender_failedDuringTheExecution_countsAsAFailure() {
        decoupled();
        streamed(Lease.NONE);
        batch.start(taken);
        batch.sender(0).fail(new InferenceException(ErrorCode.INVALID_ARG, "bad row"));
        finish();
        assertThat(statistics.snapshot().fail().count()).isEqualTo(1);
        assertThat(statistics.snapshot().success().count()).isZero();
        assertThat(statistics.snapshot().executionCount()).isZero();
    }

    @Test
    void giveUp_aRequestWithASender_tellsTheSenderAndTerminatesNothing() {
        decoupled();
        StreamListener listener = streamed(Lease.NONE);
        batch.start(taken);
        QueuedRequest request = taken.getFirst();
        ResponseSender sender = batch.sender(0);
        QueuedRequests.cancel(request);
        QueuedRequests.notifyExecution(request);
        batch.cancel(request); // one that looked before the sender was taken
        assertThat(sender.isCancelled()).isTrue();
        assertThat(terminations).hasValue(0);
        finish();
        streamed(Lease.NONE);
        batch.start(taken);
        QueuedRequests.notifyExecution(request);
        assertThat(terminations).hasValue(0);
        cancel(taken.getFirst());
        assertThat(terminations).hasValue(1); // it took no sender from this batch
        sender.end();
        assertThat(listener.error().code()).isEqualTo(ErrorCode.CANCELLED);
    }

    @Test
    void abortSenders_endsThoseThatAreOpen() {
        decoupled();
        StreamListener ended = streamed(Lease.NONE);
        StreamListener left = streamed(Lease.NONE);
        batch.start(taken);
        batch.sender(0).end();
        ResponseSender open = batch.sender(1);
        batch.abortSenders(new InferenceException(ErrorCode.INTERNAL, "the instance failed"));
        finish();
        assertThat(ended.end()).isEqualTo("end");
        assertThat(left.error().text()).isEqualTo("the instance failed");
        open.close();
    }

    // Iterative sequences

    @Test
    void reschedule_notIterative_isRefused() {
        queued(1, Lease.NONE);
        batch.start(taken);
        assertThatThrownBy(() -> batch.reschedule(0)).isInstanceOf(UnsupportedOperationException.class);
        batch.respond(0, Requests.response(Lease.NONE));
        finish();
    }

    @Test
    void finish_iterative_eachRequestIsReleasedOnceAsTheModelSaid() {
        List<String> results = iterative();
        CountingLease again = new CountingLease();
        CountingLease over = new CountingLease();
        queued(1, Lease.counted(again));
        queued(1, Lease.counted(over));
        taken.add(new NullRow(Requests.of("null")));
        batch.start(taken);
        Lease kept = batch.keepMemory(1);
        batch.reschedule(0);
        batch.respond(1, Requests.response(Lease.NONE));
        batch.respond(2, Requests.response(Lease.NONE));
        assertThatThrownBy(() -> batch.respond(0, Requests.response(Lease.NONE)))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> batch.sender(0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> batch.reschedule(0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> batch.reschedule(1)).isInstanceOf(IllegalStateException.class);
        assertThat(batch.isAnswered()).isTrue();
        finish();
        assertThat(results).containsExactly("RESCHEDULE", "ALL", "answer");
        assertThat(again.releases()).isZero();
        assertThat(over.releases()).as("the backend has it").isZero();
        kept.release();
        assertThat(over.releases()).isEqualTo(1);
        assertThat(defects).isEmpty();
    }

    @Test
    void finish_senderOfARequestThatIsPutBackIsOpen_theSchedulerIsToldThatItsReleaseComes() {
        List<String> results = iterative();
        queued(1, Lease.NONE);
        queued(1, Lease.NONE);
        batch.start(taken);
        ResponseSender ended = batch.sender(0);
        ResponseSender open = batch.sender(1);
        batch.reschedule(0);
        batch.reschedule(1);
        ended.endTurn();
        finish();
        assertThat(results).containsExactly("RESCHEDULE", "later");
        open.endTurn();
        assertThat(results).containsExactly("RESCHEDULE", "later", "RESCHEDULE");
    }

    private List<String> iterative() {
        List<String> results = new ArrayList<>();
        batch = new Batch(statistics.instance("m_0", ModelStatistics.NO_GPU),
                new InstanceEnvironment(false, true, statistics, clock, (_, defect) -> defects.add(defect)),
                openSenders,
                terminations::incrementAndGet, new ExecutionResults() {
                    @Override
                    public void deliver(QueuedRequest request, Outcome outcome) {
                        results.add("answer");
                    }

                    @Override
                    public void release(QueuedRequest request, Release release) {
                        results.add(release.name());
                    }

                    @Override
                    public void awaitRelease(QueuedRequest request) {
                        results.add("later");
                    }
                });
        return results;
    }

    private void decoupled() {
        batch = new Batch(statistics.instance("m_0", ModelStatistics.NO_GPU),
                new InstanceEnvironment(true, statistics, clock, (_, defect) -> defects.add(defect)),
                openSenders, terminations::incrementAndGet, QueuedRequests::deliver);
    }

    private StreamListener streamed(Lease memory) {
        StreamListener listener = new StreamListener();
        taken.add(new QueuedRequest(Requests.of("r", 1, memory), listener, BatchKey.ANY, clock.nanoTime(),
                QueuedRequests::nobodyCancels));
        return listener;
    }

    /** What a scheduler does with a request that has left its queue. */
    private void cancel(QueuedRequest request) {
        QueuedRequests.cancel(request);
        batch.cancel(request);
    }

    private RecordingListener queued(int rows, Lease memory) {
        RecordingListener listener = new RecordingListener();
        taken.add(new QueuedRequest(Requests.of("r", rows, memory), listener, BatchKey.ANY, clock.nanoTime(),
                QueuedRequests::nobodyCancels));
        return listener;
    }

    private void finish() {
        boolean _ = batch.end();
        batch.finish(CloseReason.INSTANCE_IDLE);
    }

    private static DurationStatistic once(long nanos) {
        return new DurationStatistic(1, nanos);
    }
}
