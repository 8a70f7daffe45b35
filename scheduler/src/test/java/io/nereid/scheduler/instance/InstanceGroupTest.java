package io.nereid.scheduler.instance;

import io.nereid.inference.Cancellation;
import io.nereid.inference.CountingLease;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.FakeClock;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.Race;
import io.nereid.inference.RecordingListener;
import io.nereid.inference.Requests;
import io.nereid.inference.ResponseListener;
import io.nereid.scheduler.BatchCompatibility;
import io.nereid.scheduler.BatchPolicy;
import io.nereid.scheduler.BatchQueue;
import io.nereid.scheduler.BatchScheduler;
import io.nereid.scheduler.PriorityLevels;
import io.nereid.scheduler.SchedulerEnvironment;
import io.nereid.statistics.DurationStatistic;
import io.nereid.statistics.ModelStatistics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Timeout(60)
class InstanceGroupTest {
    private final FakeClock clock = new FakeClock();
    private final ModelStatistics statistics = new ModelStatistics(InstantSource.system());
    private final List<Throwable> defects = new CopyOnWriteArrayList<>();
    private final BatchScheduler scheduler = new BatchScheduler(
            new BatchQueue(BatchPolicy.ALONE, PriorityLevels.NONE, 0),
            BatchCompatibility.ALL, false, null, new SchedulerEnvironment(clock, (_, _) -> () -> {
            }, statistics, this::defect));
    private final InstanceEnvironment environment = new InstanceEnvironment(false, statistics, clock, this::defect);

    @Test
    void instance_responds_listenerHearsItOnceAndInputsAreReleased() throws Exception {
        CountingLease inputs = new CountingLease();
        RecordingListener listener = new RecordingListener();
        CountingLease outputs = new CountingLease();
        try (InstanceGroup _ = group(new FakeInstance("m_0", batch -> {
            clock.advanceNanos(3);
            batch.inputsReady();
            clock.advanceNanos(4);
            batch.outputsStart();
            clock.advanceNanos(5);
            batch.respond(0, Requests.response(outputs));
        }))) {
            scheduler.enqueue(Requests.of("a", 2, inputs), listener);
            assertThat(listener.response().memory()).isSameAs(outputs);
        }
        assertThat(listener.outcomes()).hasSize(1);
        assertThat(inputs.releases()).isEqualTo(1);
        assertThat(outputs.releases()).isZero();
        assertThat(statistics.snapshot().success()).isEqualTo(new DurationStatistic(1, 12));
        assertThat(statistics.snapshot().computeInfer()).isEqualTo(new DurationStatistic(1, 4));
        assertThat(defects).isEmpty();
    }

    @Test
    void instance_throwsInferenceException_requestGetsThatErrorAndNoDefectIsLogged() throws Exception {
        InferenceException failure = new InferenceException(ErrorCode.UNSUPPORTED, "not on this device");
        try (InstanceGroup _ = group(new FakeInstance("m_0", _ -> {
            throw failure;
        }))) {
            assertThat(send().error()).isSameAs(failure);
        }
        assertThat(defects).isEmpty();
        assertThat(statistics.snapshot().fail().count()).isEqualTo(1);
    }

    @Test
    void instance_throwsAnything_requestFailsInternalAndTheNextOneIsServed() throws Exception {
        List<Throwable> thrown = List.of(new IllegalStateException("defect"), new AssertionError("assertion"),
                new InternalError("shared memory was cut short"), new OutOfMemoryError("heap"),
                new NoClassDefFoundError("class"));
        AtomicInteger call = new AtomicInteger();
        try (InstanceGroup _ = group(new FakeInstance("m_0", batch -> {
            int number = call.getAndIncrement();
            if (number < thrown.size()) {
                throw FakeInstance.<RuntimeException>sneaky(thrown.get(number));
            }
            batch.respond(0, Requests.response(Lease.NONE));
        }))) {
            for (Throwable expected : thrown) {
                InferenceException error = send().error();
                assertThat(error.code()).isEqualTo(ErrorCode.INTERNAL);
                assertThat(error.text()).contains("m_0", expected.getMessage());
                assertThat(error).hasCause(expected);
            }
            assertThat(send().response()).isNotNull();
        }
        assertThat(defects).containsExactlyElementsOf(thrown);
    }

    @Test
    void instance_throwsAfterItsAnswer_theAnswerStands() throws Exception {
        try (InstanceGroup _ = group(new FakeInstance("m_0", batch -> {
            batch.respond(0, Requests.response(Lease.NONE));
            throw new IllegalStateException("after the fact");
        }))) {
            assertThat(send().response()).isNotNull();
        }
        assertThat(defects).hasSize(1);
    }

    @Test
    void instance_answersTwice_clientGetsTheFirstAndTheDefectIsLogged() throws Exception {
        CountingLease second = new CountingLease();
        try (InstanceGroup _ = group(new FakeInstance("m_0", batch -> {
            batch.respond(0, Requests.response(Lease.NONE));
            batch.respond(0, Requests.response(second));
        }))) {
            assertThat(send().response()).isNotNull();
        }
        assertThat(second.releases()).isEqualTo(1);
        assertThat(defects).singleElement().isInstanceOf(IllegalStateException.class);
    }

    @Test
    void instance_answersNothing_requestFailsInternal() throws Exception {
        try (InstanceGroup _ = group(new FakeInstance("m_0", _ -> {
        }))) {
            assertThat(send().error().code()).isEqualTo(ErrorCode.INTERNAL);
        }
    }

    @Test
    void group_severalInstances_runAtTheSameTimeEachOnItsOwnThread() throws Exception {
        CountDownLatch allBusy = new CountDownLatch(3);
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        List<ModelInstance> instances = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            instances.add(new FakeInstance("m_" + i, batch -> {
                threads.add(Thread.currentThread());
                allBusy.countDown();
                assertThat(await(allBusy)).isTrue();
                batch.respond(0, Requests.response(Lease.NONE));
            }));
        }
        List<RecordingListener> listeners = new ArrayList<>();
        try (InstanceGroup _ = new InstanceGroup(scheduler, instances.stream().map(InstanceGroup.Member::of).toList(),
                environment)) {
            for (int i = 0; i < 3; i++) {
                listeners.add(send());
            }
            listeners.forEach(listener -> assertThat(listener.response()).isNotNull());
        }
        assertThat(threads).extracting(Thread::getName).containsExactlyInAnyOrder("m_0", "m_1", "m_2");
        assertThat(threads).noneMatch(Thread::isVirtual);
    }

    @Test
    void close_requestsRunningAndQueued_answersThemAllBeforeAnInstanceIsClosed() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicInteger executions = new AtomicInteger();
        FakeInstance instance = new FakeInstance("m_0", batch -> {
            started.countDown();
            assertThat(await(goOn)).isTrue();
            executions.incrementAndGet();
            batch.respond(0, Requests.response(Lease.NONE));
        });
        instance.onClose = () -> assertThat(executions).hasValue(3);
        InstanceGroup group = group(instance);
        List<RecordingListener> listeners = List.of(send(), send(), send());
        assertThat(await(started)).isTrue();
        Thread closer = Thread.ofPlatform().start(group::close);
        goOn.countDown();
        closer.join();
        assertThat(instance.closed).hasValue(1);
        listeners.forEach(listener -> assertThat(listener.response()).isNotNull());
        assertThatThrownBy(this::send).isInstanceOf(InferenceException.class);
    }

    @Test
    void close_interrupted_stillWaitsForTheInstanceAndKeepsTheInterrupt() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        FakeInstance instance = new FakeInstance("m_0", batch -> {
            assertThat(await(goOn)).isTrue();
            batch.respond(0, Requests.response(Lease.NONE));
        });
        InstanceGroup group = group(instance);
        RecordingListener listener = send();
        AtomicInteger interrupted = new AtomicInteger();
        Thread closer = Thread.ofPlatform().start(() -> {
            Thread.currentThread().interrupt();
            group.close();
            interrupted.set(Thread.currentThread().isInterrupted() ? 1 : 2);
        });
        goOn.countDown();
        closer.join();
        assertThat(interrupted).hasValue(1);
        assertThat(listener.response()).isNotNull();
        assertThat(instance.closed).hasValue(1);
    }

    @Test
    void close_anInstanceThrows_closesTheOthersAndReportsIt() {
        FakeInstance bad = new FakeInstance("m_0", _ -> {
        });
        bad.onClose = () -> {
            throw new IllegalStateException("cannot close");
        };
        FakeInstance good = new FakeInstance("m_1", _ -> {
        });
        InstanceGroup group = new InstanceGroup(scheduler,
                List.of(InstanceGroup.Member.of(bad), InstanceGroup.Member.of(good)), environment);
        assertThatThrownBy(group::close).hasMessage("cannot close");
        assertThat(good.closed).hasValue(1);
    }

    @Test
    void listener_throws_isReportedAndTheInstanceServesTheNext() throws Exception {
        AssertionError thrown = new AssertionError("listener");
        CountDownLatch called = new CountDownLatch(1);
        try (InstanceGroup _ = group(
                new FakeInstance("m_0", batch -> batch.respond(0, Requests.response(Lease.NONE))))) {
            scheduler.enqueue(Requests.of("bad"), new ResponseListener() {
                @Override
                public void onResponse(InferenceResponse response, boolean last) {
                    called.countDown();
                    throw thrown;
                }

                @Override
                public void onError(InferenceException error) {
                    throw thrown;
                }
            });
            assertThat(await(called)).isTrue();
            assertThat(send().response()).isNotNull();
        }
        assertThat(defects).containsExactly(thrown);
    }

    @Test
    void cancel_requestRunsAlone_terminatesTheInstanceAndTheNextRunIsWhole() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch terminated = new CountDownLatch(1);
        AtomicInteger calls = new AtomicInteger();
        FakeInstance instance = new FakeInstance("m_0", batch -> {
            if (calls.getAndIncrement() == 0) {
                running.countDown();
                assertThat(await(terminated)).isTrue();
                throw new InferenceException(ErrorCode.INTERNAL, "ended early");
            }
            batch.respond(0, Requests.response(Lease.NONE));
        });
        instance.onTerminate = terminated::countDown;
        CountingLease memory = new CountingLease();
        RecordingListener listener = new RecordingListener();
        try (InstanceGroup _ = group(instance)) {
            Cancellation cancellation = scheduler.enqueue(Requests.of("r", 1, memory), listener);
            assertThat(await(running)).isTrue();
            cancellation.cancel();
            assertThat(listener.error().code()).isEqualTo(ErrorCode.CANCELLED);
            assertThat(instance.forgotten).hasValue(1);
            assertThat(send().response()).isNotNull();
            cancellation.cancel();
        }
        assertThat(memory.releases()).isEqualTo(1);
        assertThat(instance.forgotten).hasValue(1);
    }

    @Test
    void group_passiveInstance_getsNoWorkAndIsClosedWithTheOthers() throws Exception {
        FakeInstance active = new FakeInstance("m_0", batch -> batch.respond(0, Requests.response(Lease.NONE)));
        FakeInstance passive = new FakeInstance("m_1", _ -> {
            throw new AssertionError("a passive instance was given work");
        });
        try (InstanceGroup _ = new InstanceGroup(scheduler, List.of(new InstanceGroup.Member(passive, null, true, null),
                InstanceGroup.Member.of(active)), environment)) {
            for (int i = 0; i < 50; i++) {
                assertThat(send().response()).isNotNull();
            }
        }
        assertThat(passive.closed).hasValue(1);
        assertThat(active.closed).hasValue(1);
        assertThat(defects).isEmpty();
    }

    @Test
    void group_onlyPassiveInstances_isRefused() {
        FakeInstance passive = new FakeInstance("m_0", _ -> {
        });
        assertThatThrownBy(
                () -> new InstanceGroup(scheduler, List.of(new InstanceGroup.Member(passive, null, true, null)),
                        environment))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void group_instancesCompeteForOneResource_neverRunTogetherAndServeEverything() throws Exception {
        RateLimiter limiter = new RateLimiter(List.of());
        InstanceDemand demand = new InstanceDemand(InstanceDemand.CPU,
                List.of(new InstanceDemand.Resource("R", false, 1)), 1);
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<InstanceGroup.Member> members = new ArrayList<>();
        for (RateLimiter.Claim claim : limiter.register(List.of(demand, demand, demand))) {
            members.add(new InstanceGroup.Member(new FakeInstance("m_" + members.size(), batch -> {
                most.accumulateAndGet(running.incrementAndGet(), Math::max);
                running.decrementAndGet();
                batch.respond(0, Requests.response(Lease.NONE));
            }), claim, false, null));
        }
        List<RecordingListener> listeners = new CopyOnWriteArrayList<>();
        try (InstanceGroup _ = new InstanceGroup(scheduler, members, environment)) {
            Race.run(3, _ -> {
                for (int i = 0; i < 200; i++) {
                    listeners.add(send());
                }
            });
            listeners.forEach(listener -> assertThat(listener.response()).isNotNull());
        }
        assertThat(listeners).hasSize(600);
        assertThat(most).hasValue(1);
        // Everything was given back: the resource is there for somebody else.
        try (RateLimiter.Claim next = limiter.register(List.of(demand)).getFirst()) {
            assertThat(next.acquire()).isTrue();
        }
    }

    /** Instances come and go under load: nothing is lost, nothing runs on one that is closed. */
    @Test
    void addAndRemove_whileRequestsCome_serveEverything() throws Exception {
        AtomicInteger onClosed = new AtomicInteger();
        List<FakeInstance> all = new CopyOnWriteArrayList<>();
        IntFunction<InstanceGroup.Member> newMember = number -> {
            AtomicReference<FakeInstance> self = new AtomicReference<>();
            self.set(new FakeInstance("m_" + number, batch -> {
                onClosed.addAndGet(self.get().closed.get());
                batch.respond(0, Requests.response(Lease.NONE));
            }));
            all.add(self.get());
            return InstanceGroup.Member.of(self.get());
        };
        List<RecordingListener> listeners = new CopyOnWriteArrayList<>();
        InstanceGroup.Member first = newMember.apply(0);
        try (InstanceGroup group = new InstanceGroup(scheduler, List.of(first), environment)) {
            Race.run(3, racer -> {
                if (racer == 0) {
                    InstanceGroup.Member last = first;
                    for (int i = 1; i <= 50; i++) {
                        InstanceGroup.Member next = newMember.apply(i);
                        group.add(List.of(next));
                        group.remove(List.of(last));
                        last = next;
                    }
                } else {
                    for (int i = 0; i < 500; i++) {
                        listeners.add(send());
                    }
                }
            });
            listeners.forEach(listener -> assertThat(listener.response()).isNotNull());
            assertThat(all.stream().mapToInt(instance -> instance.closed.get()).sum()).isEqualTo(50);
        }
        assertThat(listeners).hasSize(1_000);
        assertThat(onClosed).hasValue(0);
        assertThat(all).allSatisfy(instance -> assertThat(instance.closed).hasValue(1));
        assertThat(defects).isEmpty();
    }

    @Test
    void remove_instanceThatWaitsForItsTurn_endsAndGivesItsClaimBack() throws Exception {
        RateLimiter limiter = new RateLimiter(List.of());
        InstanceDemand demand = new InstanceDemand(InstanceDemand.CPU,
                List.of(new InstanceDemand.Resource("R", false, 1)), 1);
        List<RateLimiter.Claim> claims = limiter.register(List.of(demand, demand));
        FakeInstance kept = new FakeInstance("m_0", batch -> batch.respond(0, Requests.response(Lease.NONE)));
        FakeInstance gone = new FakeInstance("m_1", batch -> batch.respond(0, Requests.response(Lease.NONE)));
        InstanceGroup.Member leaving = new InstanceGroup.Member(gone, claims.getLast(), false, null);
        try (InstanceGroup group = new InstanceGroup(scheduler,
                List.of(new InstanceGroup.Member(kept, claims.getFirst(), false, null), leaving), environment)) {
            assertThat(send().response()).isNotNull();
            group.remove(List.of(leaving));
            assertThat(gone.closed).hasValue(1);
            for (int i = 0; i < 20; i++) {
                assertThat(send().response()).isNotNull();
            }
        }
    }

    @Test
    void group_withoutInstances_isRefused() {
        assertThatThrownBy(() -> new InstanceGroup(scheduler, List.of(), environment))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private InstanceGroup group(ModelInstance instance) {
        return new InstanceGroup(scheduler, List.of(InstanceGroup.Member.of(instance)), environment);
    }

    private void defect(String instance, Throwable thrown) {
        assertThat(instance).matches("m_.*|a listener of responses");
        defects.add(thrown);
    }

    private RecordingListener send() throws InferenceException {
        RecordingListener listener = new RecordingListener();
        scheduler.enqueue(Requests.of("r"), listener);
        return listener;
    }

    private static boolean await(CountDownLatch latch) {
        try {
            return latch.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static final class FakeInstance implements ModelInstance {
        private final String name;
        private final Execution execution;
        private final AtomicInteger closed = new AtomicInteger();
        private final AtomicInteger forgotten = new AtomicInteger();
        private Runnable onTerminate = () -> {
        };
        private Runnable onClose = () -> {
        };

        @FunctionalInterface
        interface Execution {
            void run(Batch batch) throws InferenceException;
        }

        FakeInstance(String name, Execution execution) {
            this.name = name;
            this.execution = execution;
        }

        @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
        static <E extends Throwable> E sneaky(Throwable thrown) throws E {
            throw (E) thrown;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public void execute(Batch batch) throws InferenceException {
            execution.run(batch);
        }

        @Override
        public void terminate() {
            onTerminate.run();
        }

        @Override
        public void forgetTermination() {
            forgotten.incrementAndGet();
        }

        @Override
        public void close() {
            closed.incrementAndGet();
            onClose.run();
        }
    }
}
