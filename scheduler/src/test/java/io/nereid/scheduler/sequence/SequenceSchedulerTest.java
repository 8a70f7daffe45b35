package io.nereid.scheduler.sequence;

import io.nereid.inference.Await;
import io.nereid.inference.Cancellation;
import io.nereid.inference.CorrelationId;
import io.nereid.inference.CountingLease;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.FakeClock;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.Lease;
import io.nereid.inference.RecordingListener;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.TensorMemory;
import io.nereid.scheduler.BatchCompatibility;
import io.nereid.scheduler.BatchScheduler;
import io.nereid.scheduler.FakeAlarm;
import io.nereid.scheduler.InstanceSlot;
import io.nereid.scheduler.QueuePolicy;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.scheduler.SchedulerEnvironment;
import io.nereid.statistics.ModelStatistics;
import io.nereid.statistics.Rejection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

/** The sequence batcher within the scheduler: who is called, woken and answered. */
@Timeout(60)
class SequenceSchedulerTest {
    private static final long IDLE = 1_000_000;

    private final FakeClock clock = new FakeClock(Long.MAX_VALUE - IDLE / 2);
    private final FakeAlarm alarm = new FakeAlarm();
    private final ModelStatistics statistics = new ModelStatistics(InstantSource.system());
    private final List<QueuedRequest> terminated = new ArrayList<>();
    private final TensorMemory memory = new TensorMemory(1 << 20, 0);
    private final SequenceControls controls = new SequenceControls("m",
            List.of(new ControlInput.Id("ID", DataType.UINT64)), true, memory);
    private final BatchScheduler batches = new BatchScheduler(
            new SequenceQueue("m", new SequenceStrategy.Direct(1, 0, 0),
                    new SequenceLimits(IDLE, QueuePolicy.UNLIMITED, 0), StartSize.NONE, controls::nullRequest, _ -> {
                    }),
            BatchCompatibility.ALL, false, null,
            new SchedulerEnvironment(clock, alarm, statistics, (_, error) -> {
                throw new AssertionError(error);
            }));
    private final SequenceScheduler scheduler = new SequenceScheduler("m", controls, batches, false);
    private final InstanceSlot instance = batches.addSlot(terminated::add, () -> 0);
    private final RecordingListener listener = new RecordingListener();
    private final CountingLease lease = new CountingLease();

    @AfterEach
    void nothingIsHeld() {
        assertThat(memory.bytesInUse()).isZero();
        memory.close();
    }

    private Cancellation send(long sequence, boolean start, RecordingListener to, Lease held)
            throws InferenceException {
        return scheduler.enqueue(request(CorrelationId.of(sequence), start, 1, held), to);
    }

    private static InferenceRequest request(CorrelationId id, boolean start, int rows, Lease held) {
        return new InferenceRequest(id.toString(), List.of(), List.of(), rows,
                new RequestOptions(0, 0, id, start, false), Map.of(), held);
    }

    private String poll(InstanceSlot slot) {
        slot.batch().clear();
        return batches.poll(slot) == null ? "nothing" : slot.batch().getFirst().request().id();
    }

    /** Gives back what was polled. */
    private static void finish(InstanceSlot slot) {
        slot.batch().forEach(request -> request.request().memory().release());
    }

    @Test
    void enqueue_whatNoSequenceTakes_isRefusedInTritonsWords() {
        assertRefused(request(CorrelationId.of(1), true, 2, lease), "inference request to model 'm' must specify"
                + " batch-size 1 due to requirements of sequence batcher");
        assertRefused(request(CorrelationId.none(), true, 1, lease), "inference request to model 'm' must specify a"
                + " non-zero or non-empty correlation ID");
        assertRefused(request(CorrelationId.of("1"), true, 1, lease),
                "sequence batching control 'ID' data-type is 'BYTES', but model 'm' expects 'UINT64'");
        assertRefused(request(CorrelationId.of(1), false, 1, lease), "inference request for sequence 1 to model 'm'"
                + " must specify the START flag on the first request of the sequence");
        assertThat(lease.releases()).isZero();
        assertThat(batches.pending()).isZero();
    }

    private void assertRefused(InferenceRequest request, String text) {
        assertThatThrownBy(() -> scheduler.enqueue(request, listener)).asInstanceOf(type(InferenceException.class))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARG))
                .satisfies(e -> assertThat(e.text()).isEqualTo(text));
    }

    @Test
    void alarm_sequenceIsIdle_anInstanceIsCalledForTheNext() throws Exception {
        send(7, true, listener, lease);
        assertThat(poll(instance)).isEqualTo("7");
        finish(instance);
        send(8, true, listener, lease);
        assertThat(poll(instance)).isEqualTo("nothing");
        Thread waiting = Thread.ofPlatform().start(() -> {
            instance.batch().clear();
            var _ = batches.take(instance);
        });
        Await.until(() -> waiting.getState() == Thread.State.WAITING);
        clock.advanceNanos(IDLE);
        alarm.fireLast();
        waiting.join();
        assertThat(instance.batch().getFirst().request().id()).isEqualTo("8");
        finish(instance);
    }

    @Test
    void alarm_sequencesComeAndGo_oneIsPendingForAllOfThem() throws Exception {
        for (int sequence = 1; sequence < 20; sequence++) {
            send(sequence, true, listener, lease);
            clock.advanceNanos(1);
        }
        assertThat(alarm.delays()).hasSize(1);
        assertThat(poll(instance)).isEqualTo("1");
        finish(instance);
        batches.suspend(() -> new InferenceException(ErrorCode.UNAVAILABLE, "none works")).run();
        assertThat(lease.releases()).isEqualTo(19);
    }

    @Test
    void cancel_queuedRequest_endsTheOthersOfItsSequenceToo() throws Exception {
        RecordingListener other = new RecordingListener();
        Cancellation first = send(7, true, listener, lease);
        send(7, false, other, lease);
        first.cancel();
        first.cancel();
        assertThat(listener.error().code()).isEqualTo(ErrorCode.CANCELLED);
        assertThat(other.error().code()).isEqualTo(ErrorCode.CANCELLED);
        assertThat(other.error().text()).isEqualTo("the sequence has ended: another request of it was cancelled");
        assertThat(lease.releases()).isEqualTo(2);
        assertThat(statistics.snapshot().explanation().rejected()).containsEntry(Rejection.CANCELLED, 2L);
        assertThat(poll(instance)).isEqualTo("nothing");
    }

    @Test
    void cancel_runningRequest_isPassedOnAndTheSlotIsFree() throws Exception {
        Cancellation running = send(7, true, listener, lease);
        assertThat(poll(instance)).isEqualTo("7");
        send(8, true, listener, lease);
        running.cancel();
        assertThat(terminated).singleElement().satisfies(request -> assertThat(request.request().id()).isEqualTo("7"));
        finish(instance);
        assertThat(poll(instance)).isEqualTo("8");
        finish(instance);
    }

    @Test
    void hasWork_sequencesNextRequestIsQueued_isSo() throws Exception {
        send(7, true, listener, lease);
        assertThat(batches.hasWork(instance)).isTrue();
        assertThat(poll(instance)).isEqualTo("7");
        send(7, false, listener, lease);
        finish(instance);
        assertThat(batches.hasWork(instance)).as("the instance asks: it is back").isTrue();
        assertThat(batches.awaitWork(instance)).isTrue();
        assertThat(poll(instance)).isEqualTo("7");
        finish(instance);
        assertThat(batches.hasWork(instance)).isFalse();
    }

    @Test
    void loseSlot_sequenceWasThere_itsRequestsAreToldOnce() throws Exception {
        send(7, true, listener, lease);
        batches.loseSlot(instance, "it exited");
        batches.loseSlot(instance, "it exited");
        assertThat(listener.error().text()).startsWith("the sequence has ended").contains("it exited");
        assertThat(lease.releases()).isEqualTo(1);
        assertThatThrownBy(() -> send(7, false, listener, lease)).hasMessageContaining("it exited");
        assertThat(batches.take(instance)).isNull();
    }

    @Test
    void close_sequenceIsOpen_refusesItsNextRequest() throws Exception {
        send(7, true, listener, lease);
        scheduler.close();
        assertThat(poll(instance)).isEqualTo("7");
        finish(instance);
        assertThatThrownBy(() -> send(7, false, listener, lease)).hasMessageStartingWith("Server is stopping");
        instance.batch().clear();
        assertThat(batches.take(instance)).as("it does not wait for the sequence").isNull();
    }

    /** No further request of the open sequence can come: those that wait for its slot must be answered. */
    @Test
    void close_sequencesWaitForASlot_theyRun() throws Exception {
        send(7, true, listener, lease);
        assertThat(poll(instance)).isEqualTo("7");
        finish(instance);
        send(8, true, listener, lease);
        send(9, true, listener, lease);
        scheduler.close();
        assertThat(poll(instance)).isEqualTo("8");
        finish(instance);
        assertThat(poll(instance)).isEqualTo("9");
        finish(instance);
        instance.batch().clear();
        assertThat(batches.take(instance)).isNull();
        assertThat(batches.pending()).isZero();
    }

    /** Triton drains the slots of an instance that is to go. */
    @Test
    void removeSlot_sequenceIsOpen_theInstanceGoesWhenThatHasEnded() throws Exception {
        InstanceSlot other = batches.addSlot(terminated::add, () -> 0);
        send(7, true, listener, lease);
        batches.removeSlot(instance);
        assertThat(poll(instance)).isEqualTo("7");
        finish(instance);
        send(8, true, listener, lease);
        assertThat(poll(other)).isEqualTo("8");
        finish(other);
        Thread waiting = Thread.ofPlatform().start(() -> {
            instance.batch().clear();
            assertThat(batches.take(instance)).isNull();
        });
        Await.until(() -> waiting.getState() == Thread.State.WAITING);
        clock.advanceNanos(IDLE);
        alarm.fireLast();
        waiting.join();
        assertThat(batches.addSlot(terminated::add, () -> 0).number()).as("the number is free").isZero();
    }
}
