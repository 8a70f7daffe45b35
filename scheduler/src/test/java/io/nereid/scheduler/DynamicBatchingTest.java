package io.nereid.scheduler;

import io.nereid.inference.Await;
import io.nereid.inference.CountingLease;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.FakeClock;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.NanoClock;
import io.nereid.inference.RecordingListener;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.Requests;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.scheduler.QueuePolicy.TimeoutAction;
import io.nereid.statistics.CloseReason;
import io.nereid.statistics.ModelStatistics;
import io.nereid.statistics.Rejection;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

/** A scheduler over the dynamic batcher: deadlines, requests cancelled, instances that wait and are called. */
@Timeout(60)
class DynamicBatchingTest {
    private static final long TIMEOUT_NANOS = 1_000_000;
    private static final Duration HOUR = Duration.ofHours(1);

    private final FakeClock clock = new FakeClock(Long.MAX_VALUE - TIMEOUT_NANOS / 2); // wraps around in the middle
    private final FakeAlarm alarm = new FakeAlarm();
    private final ModelStatistics statistics = new ModelStatistics(InstantSource.system());
    private final List<Throwable> defects = new ArrayList<>();
    private final List<QueuedRequest> cancelled = new ArrayList<>();
    private final CountingLease memory = new CountingLease();
    private final RecordingListener listener = new RecordingListener();

    // Deadlines

    /** Better than Triton, where a request waits for the next batch to be formed before it is rejected. */
    @Test
    void alarm_deadlinePassesWhileEveryInstanceIsBusy_rejectsThen() throws Exception {
        BatchScheduler scheduler = with(policy(TimeoutAction.REJECT));
        scheduler.enqueue(Requests.of("a", 1, memory), listener);
        assertThat(alarm.delays()).containsExactly(TIMEOUT_NANOS + 1);
        clock.advanceNanos(TIMEOUT_NANOS + 1);
        alarm.fireLast();
        assertThat(listener.error().code()).isEqualTo(ErrorCode.UNAVAILABLE);
        assertThat(listener.error().text()).isEqualTo("Request timeout expired");
        assertThat(listener.error().retryAfterSeconds()).isPositive();
        assertThat(memory.releases()).isEqualTo(1);
        assertThat(scheduler.pending()).isZero();
        assertThat(rejections(Rejection.TIMEOUT)).isEqualTo(1);
        assertThat(statistics.snapshot().fail().count()).isEqualTo(1);
        assertThat(statistics.snapshot().fail().nanos()).isEqualTo(TIMEOUT_NANOS + 1);
    }

    @Test
    void alarm_firstOfSeveralDeadlinesPasses_isSetForTheNext() throws Exception {
        BatchScheduler scheduler = with(policy(TimeoutAction.REJECT));
        RecordingListener second = new RecordingListener();
        scheduler.enqueue(Requests.of("a"), listener);
        clock.advanceNanos(300);
        scheduler.enqueue(Requests.of("b"), second);
        assertThat(alarm.delays()).as("one alarm is enough").hasSize(1);
        clock.advanceNanos(TIMEOUT_NANOS - 299);
        alarm.fireLast();
        assertThat(listener.outcomes()).hasSize(1);
        assertThat(second.outcomes()).isEmpty();
        assertThat(alarm.delays()).containsExactly(TIMEOUT_NANOS + 1, 300L);
        clock.advanceNanos(300);
        alarm.fireLast();
        assertThat(second.outcomes()).hasSize(1);
        assertThat(alarm.delays()).as("nothing is left to wait for").hasSize(2);
    }

    @Test
    void alarm_requestWithAnEarlierDeadlineCame_isSetForThatToo() throws Exception {
        BatchScheduler scheduler = with(policy(TimeoutAction.REJECT));
        RecordingListener hasty = new RecordingListener();
        scheduler.enqueue(Requests.of("a"), listener);
        scheduler.enqueue(QueuedRequests.asking("hasty", 1, 0, 10), hasty);
        assertThat(alarm.delays()).containsExactly(TIMEOUT_NANOS + 1, 10_001L);
        clock.advanceNanos(10_001);
        alarm.fire(1);
        assertThat(hasty.outcomes()).hasSize(1);
        clock.advanceNanos(TIMEOUT_NANOS - 10_000);
        alarm.fire(0);
        assertThat(listener.outcomes()).hasSize(1);
        int set = alarm.delays().size();
        for (int i = 0; i < set; i++) {
            alarm.fire(i);
        }
        assertThat(alarm.delays()).as("an idle scheduler sets no alarm").hasSize(set);
    }

    @Test
    void alarm_deadlinesComeEarlierAndEarlier_onlyOneIsPending() throws Exception {
        BatchScheduler scheduler = with(policy(TimeoutAction.REJECT));
        for (int micros = 900; micros >= 100; micros -= 100) {
            scheduler.enqueue(QueuedRequests.asking("r" + micros, 1, 0, micros), listener);
        }
        assertThat(alarm.delays()).hasSize(9);
        assertThat(alarm.pending()).isEqualTo(1);
    }

    /** An alarm rings "in about" the time asked for: one that rings early must not be the last. */
    @Test
    void alarm_ringsEarly_isSetAgain() throws Exception {
        BatchScheduler scheduler = with(policy(TimeoutAction.REJECT));
        scheduler.enqueue(Requests.of("a"), listener);
        clock.advanceNanos(TIMEOUT_NANOS - 5);
        alarm.fireLast();
        assertThat(listener.outcomes()).isEmpty();
        assertThat(alarm.delays()).hasSize(2).last().isEqualTo(6L);
    }

    @Test
    void alarm_requestWasTakenInTime_doesNothing() throws Exception {
        BatchScheduler scheduler = with(policy(TimeoutAction.REJECT));
        scheduler.enqueue(Requests.of("a", 1, memory), listener);
        assertThat(poll(scheduler)).isEqualTo("FULL a");
        clock.advanceNanos(TIMEOUT_NANOS + 1);
        alarm.fireLast();
        assertThat(listener.outcomes()).isEmpty();
        assertThat(memory.releases()).isZero();
    }

    @Test
    void alarm_actionIsDelay_rejectsNobody() throws Exception {
        BatchScheduler scheduler = with(policy(TimeoutAction.DELAY));
        scheduler.enqueue(Requests.of("late"), listener);
        clock.advanceNanos(TIMEOUT_NANOS + 1);
        alarm.fireLast();
        scheduler.enqueue(Requests.of("in time"), new RecordingListener());
        assertThat(poll(scheduler)).isEqualTo("FULL in time");
        assertThat(poll(scheduler)).isEqualTo("FULL late");
        assertThat(listener.outcomes()).isEmpty();
    }

    @Test
    void poll_deadlinePassedAndTheAlarmIsLate_rejectsAndDoesNotRun() throws Exception {
        BatchScheduler scheduler = with(policy(TimeoutAction.REJECT));
        scheduler.enqueue(Requests.of("a", 1, memory), listener);
        clock.advanceNanos(TIMEOUT_NANOS + 1);
        assertThat(poll(scheduler)).isEqualTo("nothing");
        assertThat(listener.error().text()).isEqualTo("Request timeout expired");
        assertThat(memory.releases()).isEqualTo(1);
        alarm.fireLast();
        assertThat(listener.outcomes()).hasSize(1);
    }

    // Cancelled

    @Test
    void cancel_queuedRequest_isToldOnceAndLeavesTheOthers() throws Exception {
        BatchScheduler scheduler = with(policy(TimeoutAction.REJECT));
        scheduler.enqueue(Requests.of("a"), new RecordingListener());
        QueuedRequest request = scheduler.enqueue(Requests.of("b", 1, memory), listener);
        scheduler.enqueue(Requests.of("c"), new RecordingListener());
        clock.advanceNanos(70);
        request.cancel();
        request.cancel();
        assertThat(listener.error().code()).isEqualTo(ErrorCode.CANCELLED);
        assertThat(memory.releases()).isEqualTo(1);
        assertThat(rejections(Rejection.CANCELLED)).isEqualTo(1);
        assertThat(statistics.snapshot().fail().count()).isEqualTo(1);
        assertThat(statistics.snapshot().fail().nanos()).isEqualTo(70);
        assertThat(poll(scheduler)).isEqualTo("FULL a");
        assertThat(poll(scheduler)).isEqualTo("FULL c");
        assertThat(cancelled).isEmpty();
    }

    @Test
    void cancel_requestThatRuns_isLeftToWhatRunsIt() throws Exception {
        BatchScheduler scheduler = with(policy(TimeoutAction.REJECT));
        QueuedRequest request = scheduler.enqueue(Requests.of("a", 1, memory), listener);
        assertThat(poll(scheduler)).isEqualTo("FULL a");
        request.cancel();
        assertThat(cancelled).containsExactly(request);
        assertThat(listener.outcomes()).isEmpty();
        assertThat(memory.releases()).isZero();
    }

    @Test
    void cancel_requestThatWasRejected_doesNothing() throws Exception {
        BatchScheduler scheduler = with(policy(TimeoutAction.REJECT));
        QueuedRequest request = scheduler.enqueue(Requests.of("a", 1, memory), listener);
        clock.advanceNanos(TIMEOUT_NANOS + 1);
        alarm.fireLast();
        request.cancel();
        assertThat(listener.error().text()).isEqualTo("Request timeout expired");
        assertThat(memory.releases()).isEqualTo(1);
        assertThat(cancelled).isEmpty();
    }

    @Test
    void cancel_removalLetsTheOthersReachAPreferredSize_callsAnIdleInstance() throws Exception {
        BatchScheduler scheduler = scheduler(new BatchPolicy(8, List.of(4, 8), HOUR.toNanos()), PriorityLevels.NONE,
                false,
                clock);
        Instance instance = taking(scheduler, 0).start();
        scheduler.enqueue(QueuedRequests.asking("a", 3, 0, 0), new RecordingListener());
        QueuedRequest request = scheduler.enqueue(QueuedRequests.asking("b", 2, 0, 0), listener);
        scheduler.enqueue(QueuedRequests.asking("c", 1, 0, 0), new RecordingListener());
        instance.awaitParked();
        request.cancel();
        instance.join();
        assertThat(instance.took()).isEqualTo("PREFERRED_SIZE a c");
    }

    @Test
    void cancel_memoryAndListenerThrow_isReportedAndHarmsNobody() throws Exception {
        BatchScheduler scheduler = with(policy(TimeoutAction.REJECT));
        Lease broken = () -> {
            throw new IllegalStateException("broken memory");
        };
        QueuedRequest request = scheduler.enqueue(Requests.of("a", 1, broken), listener);
        request.cancel();
        assertThat(listener.error().code()).isEqualTo(ErrorCode.CANCELLED);
        assertThat(defects).singleElement().satisfies(defect -> assertThat(defect).hasMessage("broken memory"));
    }

    // Refused

    @Test
    void enqueue_levelIsFull_isRefusedAndCounted() throws Exception {
        BatchScheduler scheduler = with(new QueuePolicy(TimeoutAction.REJECT, 0, false, 1));
        scheduler.enqueue(Requests.of("a"), new RecordingListener());
        assertThatThrownBy(() -> scheduler.enqueue(Requests.of("b", 1, memory), listener))
                .asInstanceOf(type(InferenceException.class))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE))
                .satisfies(e -> assertThat(e.text()).isEqualTo("Exceeds maximum queue size"))
                .satisfies(e -> assertThat(e.retryAfterSeconds()).isPositive());
        assertThat(memory.releases()).as("the caller still owns it").isZero();
        assertThat(listener.outcomes()).isEmpty();
        assertThat(rejections(Rejection.QUEUE_FULL)).isEqualTo(1);
        assertThat(poll(scheduler)).isEqualTo("FULL a");
        scheduler.enqueue(Requests.of("b", 1, memory), listener);
    }

    // Waiting for others

    @Test
    void poll_requestWaitsForCompany_givesItWhenTheDelayHasPassed() throws Exception {
        BatchScheduler scheduler = batching(4, Duration.ofNanos(TIMEOUT_NANOS));
        scheduler.enqueue(Requests.of("a"), listener);
        assertThat(poll(scheduler)).isEqualTo("nothing");
        clock.advanceNanos(TIMEOUT_NANOS - 1);
        assertThat(poll(scheduler)).isEqualTo("nothing");
        clock.advanceNanos(1);
        assertThat(poll(scheduler)).isEqualTo("DELAY a");
    }

    @Test
    void take_anotherRequestCompletesTheBatch_returnsLongBeforeTheDelay() throws Exception {
        BatchScheduler scheduler = batching(2, HOUR);
        Instance instance = taking(scheduler, 0).start();
        instance.awaitParked();
        scheduler.enqueue(Requests.of("a"), listener);
        instance.awaitParked();
        scheduler.enqueue(Requests.of("b"), listener);
        instance.join();
        assertThat(instance.took()).isEqualTo("FULL a b");
    }

    /** The clock is the machine's: only a wait that ends by itself shows that there is a timed waiter. */
    @Test
    void take_nobodyElseComes_returnsWhenTheDelayHasPassed() throws Exception {
        BatchScheduler scheduler = scheduler(new BatchPolicy(8, List.of(), 5_000_000), PriorityLevels.NONE, false,
                NanoClock.SYSTEM);
        Instance busyLast = taking(scheduler, 0).start();
        Instance other = taking(scheduler, 0).start();
        busyLast.awaitParked();
        other.awaitParked();
        long start = System.nanoTime();
        scheduler.enqueue(Requests.of("a"), listener);
        Await.until(() -> !busyLast.isAlive() || !other.isAlive());
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(5_000_000);
        scheduler.close();
        busyLast.join();
        other.join();
        assertThat(List.of(busyLast.took(), other.took())).containsExactlyInAnyOrder("DELAY a", "nothing");
    }

    /** The timed waiter takes one batch; while it is busy another one is the timed waiter for what still waits. */
    @Test
    void take_timedWaiterGetsBusy_anotherIsTheTimedWaiter() throws Exception {
        BatchScheduler scheduler = scheduler(new BatchPolicy(2, List.of(), 50_000_000), PriorityLevels.NONE, false,
                NanoClock.SYSTEM);
        Instance one = taking(scheduler, 0).start();
        Instance other = taking(scheduler, 0).start();
        one.awaitParked();
        other.awaitParked();
        for (String id : List.of("a", "b", "c")) {
            scheduler.enqueue(Requests.of(id), new RecordingListener());
        }
        one.join();
        other.join();
        assertThat(scheduler.pending()).isZero();
    }

    @Test
    void close_requestsWaitForCompany_runAtOnce() throws Exception {
        BatchScheduler scheduler = batching(4, HOUR);
        Instance instance = taking(scheduler, 0).start();
        scheduler.enqueue(Requests.of("a"), listener);
        instance.awaitParked();
        scheduler.close();
        instance.join();
        assertThat(instance.took()).isEqualTo("CLOSING a");
        assertThat(scheduler.awaitWork(slot(scheduler, 0))).isFalse();
    }

    // Work that is awaited first and taken later

    @Test
    void awaitWork_somethingIsReady_leavesItThere() throws Exception {
        BatchScheduler scheduler = batching(4, Duration.ZERO);
        scheduler.enqueue(Requests.of("a"), listener);
        InstanceSlot slot = slot(scheduler, 0);
        assertThat(scheduler.awaitWork(slot)).isTrue();
        assertThat(scheduler.awaitWork(slot)).isTrue();
        assertThat(scheduler.pending()).isEqualTo(1);
        assertThat(scheduler.poll(slot)).isEqualTo(CloseReason.INSTANCE_IDLE);
        assertThat(scheduler.poll(slot(scheduler, 0))).as("somebody was faster").isNull();
        scheduler.close();
        assertThat(scheduler.awaitWork(slot)).isFalse();
    }

    /** One that waits for a resource may do so for long: the batches that still wait must not wait for it. */
    @Test
    void awaitWork_timedWaiterWaitsForAResource_anotherIsTheTimedWaiter() throws Exception {
        BatchScheduler scheduler = new BatchScheduler(
                new BatchQueue(new BatchPolicy(2, List.of(), 20_000_000), PriorityLevels.NONE, 0),
                BatchCompatibility.of(List.of(new BatchCompatibility.Input("x", true, false))), false, null,
                environment(NanoClock.SYSTEM));
        Instance one = awaiting(scheduler).start();
        Instance other = awaiting(scheduler).start();
        one.awaitParked();
        other.awaitParked();
        scheduler.enqueue(shaped("waits", 8), listener);
        scheduler.enqueue(shaped("full1", 640), listener);
        scheduler.enqueue(shaped("full2", 640), listener);
        one.join();
        other.join();
    }

    // Which instance is woken

    @Test
    void enqueue_severalIdle_callsTheOneWhoseTurnItIs() throws Exception {
        BatchScheduler scheduler = with(QueuePolicy.UNLIMITED);
        List<Instance> instances = new ArrayList<>();
        for (long turn : new long[]{2, 0, 1}) {
            instances.add(taking(scheduler, turn).start());
            instances.getLast().awaitParked();
        }
        for (int index : new int[]{1, 2, 0}) {
            scheduler.enqueue(Requests.of("for " + index), listener);
            instances.get(index).join();
            assertThat(instances.get(index).took()).isEqualTo("FULL for " + index);
        }
    }

    @Test
    void enqueue_severalIdleOfOneTurn_callsTheOneThatWasBusyLast() throws Exception {
        BatchScheduler scheduler = with(QueuePolicy.UNLIMITED);
        Instance first = taking(scheduler, 0).start();
        first.awaitParked();
        Instance last = taking(scheduler, 0).start();
        last.awaitParked();
        scheduler.enqueue(Requests.of("a"), listener);
        last.join();
        assertThat(last.took()).isEqualTo("FULL a");
        scheduler.close();
        first.join();
        assertThat(first.took()).isEqualTo("nothing");
    }

    // Order of responses

    @Test
    void deliver_orderIsKept_tellsInTheOrderOfArrival() throws Exception {
        BatchScheduler scheduler = scheduler(BatchPolicy.ALONE, PriorityLevels.NONE, true, clock);
        Queue<String> notified = new ConcurrentLinkedQueue<>();
        List<QueuedRequest> requests = new ArrayList<>();
        for (String id : List.of("a", "b", "c", "d")) {
            requests.add(scheduler.enqueue(Requests.of(id), new Notified(id, notified)));
        }
        scheduler.deliver(requests.get(3), Requests.response(Lease.NONE));
        scheduler.deliver(requests.get(1), Requests.response(Lease.NONE));
        requests.get(2).cancel();
        assertThat(notified).as("who was cancelled waits for nobody").containsExactly("c CANCELLED");
        scheduler.deliver(requests.get(0), Requests.response(Lease.NONE));
        assertThat(notified).containsExactly("c CANCELLED", "a", "b", "d");
    }

    @Test
    void deliver_orderIsNotKept_tellsAtOnce() throws Exception {
        BatchScheduler scheduler = scheduler(BatchPolicy.ALONE, PriorityLevels.NONE, false, clock);
        scheduler.enqueue(Requests.of("a"), new RecordingListener());
        QueuedRequest second = scheduler.enqueue(Requests.of("b"), listener);
        scheduler.deliver(second, Requests.response(Lease.NONE));
        assertThat(listener.outcomes()).hasSize(1);
    }

    /** Writes down who is notified. */
    private record Notified(String id, Queue<String> notified) implements ResponseListener {
        @Override
        public void onResponse(InferenceResponse response, boolean last) {
            notified.add(id);
        }

        @Override
        public void onError(InferenceException error) {
            notified.add(id + " " + error.code());
        }
    }

    private static QueuePolicy policy(TimeoutAction action) {
        return new QueuePolicy(action, TIMEOUT_NANOS, true, 0);
    }

    private BatchScheduler with(QueuePolicy policy) {
        return scheduler(BatchPolicy.ALONE, PriorityLevels.of(policy), false, clock);
    }

    private BatchScheduler batching(int maxBatchSize, Duration delay) {
        return scheduler(new BatchPolicy(maxBatchSize, List.of(), delay.toNanos()), PriorityLevels.NONE, false, clock);
    }

    private BatchScheduler scheduler(BatchPolicy policy, PriorityLevels priorities, boolean preserveOrdering,
            NanoClock time) {
        return new BatchScheduler(new BatchQueue(policy, priorities, 0), BatchCompatibility.ALL, preserveOrdering, null,
                environment(time));
    }

    private SchedulerEnvironment environment(NanoClock time) {
        return new SchedulerEnvironment(time, alarm, statistics, (_, defect) -> defects.add(defect));
    }

    private static InferenceRequest shaped(String id, long width) {
        Tensor x = new Tensor("x", DataType.FP32, Shape.of(1, width), MemorySegment.NULL);
        return new InferenceRequest(id, List.of(x), List.of(), 1, RequestOptions.DEFAULT, Map.of(), Lease.NONE);
    }

    private InstanceSlot slot(BatchScheduler scheduler, long turn) {
        return scheduler.addSlot(cancelled::add, () -> turn);
    }

    private long rejections(Rejection reason) {
        Long count = statistics.snapshot().explanation().rejected().get(reason);
        return count == null ? 0 : count;
    }

    /** Why, and who: {@code "FULL a b"}. */
    private String poll(BatchScheduler scheduler) {
        InstanceSlot slot = slot(scheduler, 0);
        return describe(scheduler.poll(slot), slot);
    }

    private static String describe(@Nullable CloseReason reason, InstanceSlot slot) {
        return reason == null ? "nothing"
                : reason + " "
                        + String.join(" ", slot.batch().stream().map(request -> request.request().id()).toList());
    }

    private Instance taking(BatchScheduler scheduler, long turn) {
        InstanceSlot slot = slot(scheduler, turn);
        return new Instance(() -> describe(scheduler.take(slot), slot));
    }

    private Instance awaiting(BatchScheduler scheduler) {
        InstanceSlot slot = slot(scheduler, 0);
        return new Instance(() -> String.valueOf(scheduler.awaitWork(slot)));
    }

    /** A thread that comes to the scheduler once. */
    private static final class Instance {
        private final Thread thread;
        private volatile String took = "did not return";

        Instance(Supplier<String> visit) {
            thread = Thread.ofPlatform().daemon().unstarted(() -> took = visit.get());
        }

        Instance start() {
            thread.start();
            return this;
        }

        /** Until it waits in the scheduler. */
        void awaitParked() {
            Await.until(() -> {
                assertThat(thread.isAlive()).as("waits").isTrue();
                return thread.getState() == Thread.State.WAITING || thread.getState() == Thread.State.TIMED_WAITING;
            });
        }

        boolean isAlive() {
            return thread.isAlive();
        }

        void join() throws InterruptedException {
            assertThat(thread.join(Duration.ofSeconds(20))).as("the instance came back").isTrue();
        }

        String took() {
            return took;
        }
    }
}
