package io.nereid.scheduler.instance;

import io.nereid.inference.Await;
import io.nereid.inference.CountingLease;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.FakeClock;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.inference.RecordingListener;
import io.nereid.inference.Requests;
import io.nereid.scheduler.BatchCompatibility;
import io.nereid.scheduler.BatchPolicy;
import io.nereid.scheduler.BatchQueue;
import io.nereid.scheduler.BatchScheduler;
import io.nereid.scheduler.FakeAlarm;
import io.nereid.scheduler.PriorityLevels;
import io.nereid.scheduler.SchedulerEnvironment;
import io.nereid.statistics.FailureReason;
import io.nereid.statistics.ModelStatistics;
import io.nereid.statistics.Rejection;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

/** Instances that die, and what the group makes of that. Time stands still but where a test says so. */
@Timeout(60)
class InstanceReplacementTest {
    private static final long SECOND = 1_000_000_000;
    private static final long FIRST = BackOff.FIRST_NANOS;

    private final FakeClock clock = new FakeClock(Long.MAX_VALUE - SECOND / 2);
    private final FakeAlarm alarm = new FakeAlarm();
    private final ModelStatistics statistics = new ModelStatistics(InstantSource.system());
    private final List<Throwable> logged = new CopyOnWriteArrayList<>();
    private final BatchScheduler scheduler = new BatchScheduler(
            new BatchQueue(BatchPolicy.ALONE, PriorityLevels.NONE, 0), BatchCompatibility.ALL, false, null,
            new SchedulerEnvironment(clock, alarm, statistics, (_, error) -> logged.add(error)));
    private final InstanceEnvironment environment = new InstanceEnvironment(false, statistics, clock,
            (_, error) -> logged.add(error));
    /** What the next attempts to replace an instance lead to. */
    private final LinkedBlockingQueue<Attempt> attempts = new LinkedBlockingQueue<>();
    private final AtomicInteger made = new AtomicInteger();

    /** An instance, or none. */
    private record Attempt(@Nullable Worker worker) {}

    // One of several

    @Test
    void execute_oneOfTwoDies_itsRequestIsUnavailableAndTheOtherRunsOn() throws Exception {
        Worker dies = new Worker();
        Worker works = new Worker();
        CountDownLatch hold = new CountDownLatch(1);
        works.hold = hold;
        try (InstanceGroup group = group(dies, works)) {
            CountingLease memory = new CountingLease();
            dies.isDead = true;
            works.isHeld = true;
            RecordingListener one = send("a", memory);
            RecordingListener other = send("b", memory);
            Await.until(() -> dies.closed.get() == 1);
            RecordingListener failed = one.outcomes().isEmpty() ? other : one;
            RecordingListener answered = one.outcomes().isEmpty() ? one : other;
            assertThat(failed.error().code()).isEqualTo(ErrorCode.INTERNAL);
            assertThat(failed.error().text()).isEqualTo("the worker exited with 139");
            assertThat(group.counts().working()).as("the other one").isOne();
            hold.countDown();
            assertThat(answered.response()).isNotNull();
            attempts.add(new Attempt(new Worker()));
            Await.until(() -> group.counts().working() == 2);
            assertThat(group.counts()).isEqualTo(new InstanceCounts(2, 0, 0, 1, 1));
            assertThat(memory.releases()).isEqualTo(2);
        }
        assertThat(dies.closed).hasValue(1);
        assertThat(works.closed).hasValue(1);
        assertThat(statistics.metrics().failures()).containsEntry(FailureReason.BACKEND, 1L);
    }

    // The only one

    @Test
    void execute_onlyInstanceDies_requestsQueuedMeanwhileRunOnTheNextOne() throws Exception {
        Worker dies = new Worker();
        try (InstanceGroup group = group(dies)) {
            dies.isDead = true;
            assertThat(ended("a").error().code()).isEqualTo(ErrorCode.INTERNAL);
            Await.until(() -> group.counts().starting() == 1);
            assertThat(group.counts().isWorking()).isFalse();
            RecordingListener queued = send("b", Lease.NONE);
            assertThat(alarm.delays()).as("the first attempt is made at once").isEmpty();
            attempts.add(new Attempt(new Worker()));
            Await.until(() -> !queued.outcomes().isEmpty());
            assertThat(queued.response()).isNotNull();
            assertThat(group.counts()).isEqualTo(new InstanceCounts(1, 0, 0, 1, 1));
        }
    }

    @Test
    void create_fails_requestsAreRejectedUntilAnAttemptSucceeds() throws Exception {
        Worker dies = new Worker();
        try (InstanceGroup group = group(dies)) {
            dies.isDead = true;
            ended("a");
            RecordingListener queued = send("b", Lease.NONE);
            attempts.add(new Attempt(null));
            Await.until(() -> !queued.outcomes().isEmpty());
            assertThat(queued.error().text())
                    .isEqualTo("no instance of the model is running; one is started again in 1 s");
            clock.advanceNanos(FIRST / 2);
            assertThatThrownBy(() -> send("c", Lease.NONE)).asInstanceOf(type(InferenceException.class))
                    .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE))
                    .satisfies(e -> assertThat(e.retryAfterSeconds()).isOne());
            assertThat(statistics.metrics().rejected()).containsEntry(Rejection.NO_INSTANCE, 2L);
            assertThat(group.counts()).isEqualTo(new InstanceCounts(0, 0, 1, 1, 0));
            Await.until(() -> alarm.pending() == 1);
            attempts.add(new Attempt(null));
            alarm.fireLast();
            Await.until(() -> alarm.delays().size() == 2);
            attempts.add(new Attempt(new Worker()));
            alarm.fireLast();
            Await.until(() -> group.counts().isWorking());
            assertThat(alarm.delays()).containsExactly(FIRST, 2 * FIRST);
            assertThat(ended("d").response()).isNotNull();
            assertThat(group.counts()).isEqualTo(new InstanceCounts(1, 0, 0, 1, 1));
        }
        assertThat(made).hasValue(3);
    }

    @Test
    void instance_diesAgainAndAgain_isReplacedEachTimeLater() throws Exception {
        Worker first = new Worker();
        try (InstanceGroup group = group(first)) {
            first.isDead = true;
            ended("0");
            for (int death = 1; death <= 3; death++) {
                Worker next = new Worker();
                next.isDead = true;
                attempts.add(new Attempt(next));
                Await.until(() -> group.counts().isWorking());
                ended("" + death);
                int set = death;
                Await.until(() -> alarm.delays().size() == set);
                alarm.fireLast();
            }
            assertThat(alarm.delays()).containsExactly(FIRST, 2 * FIRST, 4 * FIRST);
            assertThat(group.counts().crashLoop()).as("gone four times").isEmpty();
            attempts.add(new Attempt(null));
            Await.until(() -> !group.counts().crashLoop().isEmpty());
            assertThat(group.counts().crashLoop()).isEqualTo("instance 'm_0' was gone 5 times within 60 s, the last"
                    + " time because: the worker cannot be started");
            clock.advanceNanos(CrashLoop.WITHIN_NANOS + 1);
            assertThat(group.counts().crashLoop()).isEmpty();
        }
    }

    @Test
    void instance_hasNoReplacement_everyRequestIsRejected() throws Exception {
        Worker dies = new Worker();
        try (InstanceGroup group = new InstanceGroup(scheduler, List.of(InstanceGroup.Member.of(dies)), environment)) {
            dies.isDead = true;
            ended("a");
            Await.until(() -> group.counts().waiting() == 1);
            assertThatThrownBy(() -> send("b", Lease.NONE)).asInstanceOf(type(InferenceException.class))
                    .satisfies(e -> assertThat(e.text()).isEqualTo("no instance of the model is running"))
                    .satisfies(e -> assertThat(e.retryAfterSeconds()).isZero());
            Worker added = new Worker();
            group.add(List.of(InstanceGroup.Member.of(added)));
            assertThat(ended("c").response()).isNotNull();
        }
        assertThat(dies.closed).hasValue(1);
    }

    // Not while it runs something

    @Test
    void whenGone_diesWhileIdle_isReplacedBeforeTheNextRequest() throws Exception {
        Worker dies = new Worker();
        try (InstanceGroup group = group(dies)) {
            assertThat(ended("a").response()).isNotNull();
            dies.die();
            attempts.add(new Attempt(new Worker()));
            Await.until(() -> group.counts().replaced() == 1);
            assertThat(dies.closed).hasValue(1);
            assertThat(ended("b").response()).isNotNull();
        }
        assertThat(logged).isEmpty();
    }

    // The end

    @Test
    void close_instanceWaitsForItsNextAttempt_ends() throws Exception {
        Worker dies = new Worker();
        InstanceGroup group = group(dies);
        dies.isDead = true;
        ended("a");
        attempts.add(new Attempt(null));
        Await.until(() -> group.counts().waiting() == 1);
        group.close();
        assertThat(dies.closed).hasValue(1);
        assertThat(made).hasValue(1);
    }

    @Test
    void close_instanceIsBeingMade_whatIsQueuedRunsOnIt() throws Exception {
        Worker dies = new Worker();
        InstanceGroup group = group(dies);
        dies.isDead = true;
        ended("a");
        RecordingListener queued = send("b", Lease.NONE);
        Thread closing = Thread.ofPlatform().start(group::close);
        Worker next = new Worker();
        attempts.add(new Attempt(next));
        closing.join();
        assertThat(queued.response()).isNotNull();
        assertThat(next.closed).hasValue(1);
    }

    @Test
    void close_instanceCannotBeMade_whatIsQueuedIsRejected() throws Exception {
        Worker dies = new Worker();
        InstanceGroup group = group(dies);
        dies.isDead = true;
        ended("a");
        RecordingListener queued = send("b", Lease.NONE);
        Thread closing = Thread.ofPlatform().start(group::close);
        attempts.add(new Attempt(null));
        closing.join();
        assertThat(queued.error().code()).isEqualTo(ErrorCode.UNAVAILABLE);
    }

    @Test
    void close_instanceThatIsBeingMadeCanBeAbandoned_isNotWaitedFor() throws Exception {
        Worker dies = new Worker();
        AbandonableSource source = new AbandonableSource();
        InstanceGroup group = new InstanceGroup(scheduler,
                List.of(new InstanceGroup.Member(dies, null, false, new Replacement(source, alarm))), environment);
        dies.die();
        source.begun.await();
        group.close();
        assertThat(dies.closed).hasValue(1);
        assertThat(logged).as("nobody is to be told").isEmpty();
    }

    @Test
    void remove_instanceThatIsBeingMadeCanBeAbandoned_isNotWaitedFor() throws Exception {
        Worker dies = new Worker();
        AbandonableSource source = new AbandonableSource();
        InstanceGroup.Member leaving = new InstanceGroup.Member(dies, null, false, new Replacement(source, alarm));
        try (InstanceGroup group = new InstanceGroup(scheduler, List.of(leaving, member(new Worker())), environment)) {
            dies.die();
            source.begun.await();
            group.remove(List.of(leaving));
            assertThat(group.counts().working()).isOne();
        }
    }

    /** Makes nothing until it is abandoned. */
    private static final class AbandonableSource implements Replacement.Source {
        final CountDownLatch begun = new CountDownLatch(1);
        final CountDownLatch abandoned = new CountDownLatch(1);

        @Override
        public ModelInstance create() throws InferenceException {
            begun.countDown();
            try {
                abandoned.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            throw new InferenceException(ErrorCode.INTERNAL, "it was ended because the model is unloaded");
        }

        @Override
        public void abandon() {
            abandoned.countDown();
        }
    }

    @Test
    void remove_instanceThatWaits_leavesTheOthers() throws Exception {
        Worker dies = new Worker();
        Worker works = new Worker();
        InstanceGroup.Member leaving = member(dies);
        try (InstanceGroup group = new InstanceGroup(scheduler, List.of(leaving, member(works)), environment)) {
            dies.die();
            attempts.add(new Attempt(null));
            Await.until(() -> group.counts().waiting() == 1);
            group.remove(List.of(leaving));
            assertThat(group.counts()).isEqualTo(new InstanceCounts(1, 0, 0, 1, 0));
            assertThat(ended("a").response()).isNotNull();
        }
        assertThat(dies.closed).hasValue(1);
    }

    private InstanceGroup group(Worker... workers) {
        return new InstanceGroup(scheduler, List.of(workers).stream().map(this::member).toList(), environment);
    }

    private InstanceGroup.Member member(Worker worker) {
        return new InstanceGroup.Member(worker, null, false, new Replacement(this::attempt, alarm));
    }

    private ModelInstance attempt() throws InferenceException {
        try {
            Worker worker = attempts.take().worker();
            made.incrementAndGet();
            if (worker == null) {
                throw new InferenceException(ErrorCode.INTERNAL, "the worker cannot be started");
            }
            return worker;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private RecordingListener send(String id, Lease memory) throws InferenceException {
        RecordingListener listener = new RecordingListener();
        scheduler.enqueue(Requests.of(id, 1, memory), listener);
        return listener;
    }

    private RecordingListener ended(String id) throws InferenceException {
        RecordingListener listener = send(id, Lease.NONE);
        Await.until(() -> !listener.outcomes().isEmpty());
        return listener;
    }

    /** An instance in a process that may die. */
    private static final class Worker implements ModelInstance {
        private final AtomicInteger closed = new AtomicInteger();
        private volatile boolean isDead;
        private volatile boolean diedWhileIdle;
        private volatile boolean isHeld;
        private volatile CountDownLatch hold = new CountDownLatch(0);
        private volatile Runnable notification = () -> {
        };

        void die() {
            diedWhileIdle = true;
            notification.run();
        }

        @Override
        public String name() {
            return "m_0";
        }

        @Override
        public void whenGone(Runnable notify) {
            notification = notify;
            if (diedWhileIdle) {
                notify.run();
            }
        }

        @Override
        public void execute(Batch batch) throws InstanceGoneException {
            if (isDead || diedWhileIdle) {
                throw new InstanceGoneException(
                        new InferenceException(ErrorCode.INTERNAL, "the worker exited with 139"));
            }
            if (isHeld) {
                awaitRelease();
            }
            batch.respond(0, Requests.response(Lease.NONE));
        }

        private void awaitRelease() {
            try {
                assertThat(hold.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void close() {
            closed.incrementAndGet();
        }
    }
}
