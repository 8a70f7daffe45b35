package io.nereid.scheduler;

import io.nereid.inference.CountingLease;
import io.nereid.inference.DataType;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.FakeClock;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.Lease;
import io.nereid.inference.Race;
import io.nereid.inference.RecordingListener;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.Requests;
import io.nereid.inference.ResponseListener;
import io.nereid.inference.Shape;
import io.nereid.inference.Tensor;
import io.nereid.scheduler.instance.Batch;
import io.nereid.scheduler.instance.InstanceEnvironment;
import io.nereid.scheduler.instance.InstanceGoneException;
import io.nereid.scheduler.instance.InstanceGroup;
import io.nereid.scheduler.instance.ModelInstance;
import io.nereid.scheduler.instance.Replacement;
import io.nereid.statistics.ModelStatistics;
import io.nereid.statistics.ThreadChoice;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** Requests that run on the thread that queues them: when, and what stays as it is. */
@Timeout(60)
class InlineExecutionTest {
    private static final int REQUIRED = 3;
    private static final long LIMIT = InlineExecution.LIMIT_NANOS;

    private final FakeClock clock = new FakeClock();
    private final FakeClock processor = new FakeClock();
    private final ModelStatistics statistics = new ModelStatistics(InstantSource.system());
    private final List<Throwable> defects = new CopyOnWriteArrayList<>();
    private final List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
    private final InstanceEnvironment environment = new InstanceEnvironment(false, statistics, clock,
            (_, thrown) -> defects.add(thrown));
    private BatchScheduler scheduler = scheduler(BatchPolicy.ALONE, REQUIRED);

    private BatchScheduler scheduler(BatchPolicy policy, int required) {
        return scheduler(policy, PriorityLevels.NONE, required);
    }

    private BatchScheduler scheduler(BatchPolicy policy, PriorityLevels levels, int required) {
        return new BatchScheduler(new BatchQueue(policy, levels, 0), BatchCompatibility.ALL, false, null,
                new SchedulerEnvironment(clock, (_, _) -> () -> {
                }, statistics, (_, thrown) -> defects.add(thrown)), new InlineExecution(processor, required));
    }

    @AfterEach
    void nothingUnexpected() {
        assertThat(defects).isEmpty();
    }

    private InstanceGroup group(ModelInstance... instances) {
        return new InstanceGroup(scheduler, Stream.of(instances).map(InstanceGroup.Member::of).toList(), environment);
    }

    /** Sends one request after the other until one has run here. */
    private RecordingListener sendUntilInline() throws InferenceException {
        long before = count(ThreadChoice.CALLER);
        RecordingListener listener = send();
        while (count(ThreadChoice.CALLER) == before) {
            listener = send();
        }
        return listener;
    }

    private RecordingListener send() throws InferenceException {
        RecordingListener listener = new RecordingListener();
        scheduler.enqueue(Requests.of("r"), listener);
        Object _ = listener.outcome();
        return listener;
    }

    private long count(ThreadChoice choice) {
        return Objects.requireNonNull(statistics.snapshot().explanation().threads().get(choice));
    }

    @Test
    void enqueue_modelMeasuredShort_runsOnThisThreadBeforeItReturns() throws Exception {
        CountingLease inputs = new CountingLease();
        RecordingListener listener = new RecordingListener();
        try (InstanceGroup _ = group(new Instance())) {
            sendUntilInline();
            scheduler.enqueue(Requests.of("a", 1, inputs), listener);
            assertThat(listener.outcomes()).hasSize(1);
        }
        assertThat(threads.getLast()).isEqualTo(Thread.currentThread());
        assertThat(inputs.releases()).isEqualTo(1);
        assertThat(statistics.snapshot().executionCount()).isEqualTo(threads.size());
        assertThat(statistics.snapshot().success().count()).isEqualTo(threads.size());
    }

    @Test
    void enqueue_fewerMeasuredThanRequired_runsOnTheInstancesThread() throws Exception {
        try (InstanceGroup _ = group(new Instance())) {
            sendUntilInline();
        }
        assertThat(threads.subList(0, REQUIRED)).doesNotContain(Thread.currentThread());
        assertThat(count(ThreadChoice.NOT_SHORT)).isGreaterThanOrEqualTo(REQUIRED);
    }

    @Test
    void enqueue_oneHeldItsCallerUp_theNextRunOnTheInstancesThreadUntilItIsShortAgain() throws Exception {
        long tooLong = ShortExecutions.TOLERATED_NANOS + 1;
        Instance instance = new Instance();
        try (InstanceGroup _ = group(instance)) {
            sendUntilInline();
            instance.body = takes(tooLong);
            send();
            instance.body = InlineExecutionTest::respond;
            long inline = count(ThreadChoice.CALLER);
            for (int i = 0; i < 4 * REQUIRED; i++) {
                send();
            }
            assertThat(count(ThreadChoice.CALLER)).isEqualTo(inline);

            clock.advanceNanos(ShortExecutions.PAUSE * tooLong);
            sendUntilInline();
        }
    }

    private Body takes(long nanos) {
        return batch -> {
            clock.advanceNanos(nanos);
            processor.advanceNanos(nanos);
            respond(batch);
        };
    }

    /** A cold cache makes one in some thousands longer than it should be. */
    @Test
    void enqueue_fewTakeLonger_theNextStillRunHere() throws Exception {
        Instance instance = new Instance();
        try (InstanceGroup _ = group(instance)) {
            sendUntilInline();
            long inline = count(ThreadChoice.CALLER);
            instance.body = takes(2 * LIMIT);
            for (int i = 1; i <= 50; i++) {
                send();
                clock.advanceNanos(ShortExecutions.PAUSE * 2 * LIMIT);
                assertThat(count(ThreadChoice.CALLER)).isEqualTo(inline + i);
            }
        }
    }

    @Test
    void enqueue_allTakeLonger_runOnTheInstancesThreadBeforeLong() throws Exception {
        Instance instance = new Instance();
        try (InstanceGroup _ = group(instance)) {
            sendUntilInline();
            long inline = count(ThreadChoice.CALLER);
            instance.body = takes(2 * LIMIT);
            for (int i = 0; i < 50; i++) {
                send();
                clock.advanceNanos(4 * LIMIT); // the thread's share is not what ends it
            }
            assertThat(count(ThreadChoice.CALLER) - inline)
                    .isLessThanOrEqualTo(ShortExecutions.TOLERATED_NANOS / (2 * LIMIT) + 1);
        }
    }

    /** Others had the processor: the model is as quick as it was. */
    @Test
    void enqueue_oneWasInterruptedByOthers_theNextStillRunHere() throws Exception {
        Instance instance = new Instance();
        try (InstanceGroup _ = group(instance)) {
            sendUntilInline();
            long inline = count(ThreadChoice.CALLER);
            instance.body = batch -> {
                clock.advanceNanos(2 * LIMIT);
                processor.advanceNanos(LIMIT);
                respond(batch);
            };
            send();
            send();
            assertThat(count(ThreadChoice.CALLER)).isEqualTo(inline + 2);
        }
    }

    @Test
    void enqueue_modelWaitedForSomething_countsWhateverTheProcessorDid() throws Exception {
        Instance instance = new Instance();
        try (InstanceGroup _ = group(instance)) {
            sendUntilInline();
            long notShort = count(ThreadChoice.NOT_SHORT);
            instance.body = batch -> {
                clock.advance(Duration.ofSeconds(1));
                respond(batch);
            };
            send();
            clock.advance(Duration.ofSeconds(1)); // this thread's share
            send();
            assertThat(count(ThreadChoice.NOT_SHORT)).isEqualTo(notShort + 1);
        }
    }

    @Test
    void enqueue_moreInARowThanOneThreadMay_runOnTheInstancesThread() throws Exception {
        Instance instance = new Instance();
        try (InstanceGroup _ = group(instance)) {
            sendUntilInline();
            instance.body = batch -> {
                clock.advanceNanos(LIMIT);
                respond(batch);
            };
            while (count(ThreadChoice.CALLER_BUSY) == 0) {
                send();
            }
            assertThat(count(ThreadChoice.CALLER)).isLessThan(3 * CallerShare.MOST_NANOS / LIMIT);
        }
    }

    @Test
    void enqueue_instanceOfOneThread_runsThere() throws Exception {
        Instance instance = new Instance();
        instance.anyThread = false;
        try (InstanceGroup _ = group(instance)) {
            for (int i = 0; i < 4 * REQUIRED; i++) {
                send();
            }
        }
        assertThat(threads).hasSize(4 * REQUIRED).doesNotContain(Thread.currentThread());
        assertThat(count(ThreadChoice.NOT_OFFERED)).isEqualTo(4 * REQUIRED);
    }

    @Test
    void enqueue_manyBytes_runsOnTheInstancesThread() throws Exception {
        try (InstanceGroup _ = group(new Instance())) {
            sendUntilInline();
            RecordingListener listener = new RecordingListener();
            scheduler.enqueue(large(), listener);
            assertThat(listener.response()).isNotNull();
        }
        assertThat(threads.getLast()).isNotEqualTo(Thread.currentThread());
        assertThat(count(ThreadChoice.LARGE)).isEqualTo(1);
    }

    private static InferenceRequest large() {
        int bytes = (int) InlineExecution.MAX_INPUT_BYTES + 1;
        Tensor tensor = new Tensor("x", DataType.UINT8, Shape.of(bytes), MemorySegment.ofArray(new byte[bytes]));
        return new InferenceRequest("l", List.of(tensor), List.of(), 1, RequestOptions.DEFAULT, Map.of(), Lease.NONE);
    }

    @Test
    void enqueue_virtualThread_runsOnTheInstancesThread() throws Exception {
        try (InstanceGroup _ = group(new Instance())) {
            sendUntilInline();
            AtomicReference<RecordingListener> sent = new AtomicReference<>();
            Thread.ofVirtual().start(() -> sent.set(uncheckedSend())).join();
            assertThat(sent.get().response()).isNotNull();
        }
        assertThat(count(ThreadChoice.CALLER_BUSY)).isEqualTo(1);
    }

    private RecordingListener uncheckedSend() {
        try {
            return send();
        } catch (InferenceException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void enqueue_requestIsToWaitForOthers_isNotRunHere() throws Exception {
        scheduler = scheduler(new BatchPolicy(2, List.of(), Duration.ofHours(1).toNanos()), 0);
        RecordingListener one = new RecordingListener();
        RecordingListener other = new RecordingListener();
        try (InstanceGroup _ = group(new Instance())) {
            while (count(ThreadChoice.CALLER) == 0) { // a batch that is full need not wait
                RecordingListener full = new RecordingListener();
                scheduler.enqueue(Requests.of("full", 2, Lease.NONE), full);
                Object _ = full.outcome();
            }
            long queued = count(ThreadChoice.QUEUED);
            scheduler.enqueue(Requests.of("a"), one);
            assertThat(one.outcomes()).isEmpty();
            scheduler.enqueue(Requests.of("b"), other);
            assertThat(one.response()).isNotNull();
            assertThat(other.response()).isNotNull();
            assertThat(count(ThreadChoice.QUEUED)).isEqualTo(queued + 2);
        }
        assertThat(threads.getLast()).isNotEqualTo(Thread.currentThread());
    }

    /** Each answer sends the next request: as deep as the stack would go if each ran within the one before. */
    @Test
    void enqueue_fromAListener_getsNoDeeper() throws Exception {
        int requests = 50_000;
        CountDownLatch left = new CountDownLatch(requests);
        try (InstanceGroup _ = group(new Instance(), new Instance())) {
            sendUntilInline();
            scheduler.enqueue(Requests.of("r"), new Next(left));
            assertThat(left.await(50, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(count(ThreadChoice.CALLER_BUSY)).isPositive();
    }

    private final class Next implements ResponseListener {
        private final CountDownLatch left;

        Next(CountDownLatch left) {
            this.left = left;
        }

        @Override
        public void onResponse(InferenceResponse response, boolean last) {
            left.countDown();
            if (left.getCount() > 0) {
                try {
                    scheduler.enqueue(Requests.of("r"), this);
                } catch (InferenceException e) {
                    throw new AssertionError(e);
                }
            }
        }

        @Override
        public void onError(InferenceException error) {
            throw new AssertionError(error);
        }
    }

    @Test
    void enqueue_anotherOneMeanwhile_runsHereTooBeforeTheAnswersGoOut() throws Exception {
        Instance instance = new Instance();
        RecordingListener first = new RecordingListener();
        RecordingListener second = new RecordingListener();
        try (InstanceGroup _ = group(instance)) {
            sendUntilInline();
            long queued = count(ThreadChoice.QUEUED);
            instance.body = batch -> {
                instance.body = next -> {
                    assertThat(first.outcomes()).isEmpty();
                    respond(next);
                };
                inAnotherThread(() -> scheduler.enqueue(Requests.of("second"), second));
                assertThat(second.outcomes()).isEmpty();
                respond(batch);
            };
            scheduler.enqueue(Requests.of("first"), first);
            assertThat(first.outcomes()).hasSize(1);
            assertThat(second.outcomes()).hasSize(1);
            assertThat(count(ThreadChoice.QUEUED)).isEqualTo(queued);
            assertThat(count(ThreadChoice.ANOTHER_CALLER)).isOne();
        }
        assertThat(threads.getLast()).isEqualTo(Thread.currentThread());
    }

    /** Sends one request, while which runs for so long others come. */
    private List<RecordingListener> sendWithOthersMeanwhile(Instance instance, long nanos, InferenceRequest... others)
            throws InferenceException {
        List<RecordingListener> listeners = new ArrayList<>();
        for (int i = 0; i < others.length; i++) {
            listeners.add(new RecordingListener());
        }
        instance.body = batch -> {
            instance.body = InlineExecutionTest::respond;
            inAnotherThread(() -> {
                for (int i = 0; i < others.length; i++) {
                    scheduler.enqueue(others[i], listeners.get(i));
                }
            });
            takes(nanos).run(batch);
        };
        send();
        return listeners;
    }

    @Test
    void enqueue_answersHaveWaitedLongEnough_whatIsLeftRunsOnTheInstancesThread() throws Exception {
        Instance instance = new Instance();
        try (InstanceGroup _ = group(instance)) {
            sendUntilInline();
            List<RecordingListener> others = sendWithOthersMeanwhile(instance, LIMIT, Requests.of("other"));
            assertThat(others.getFirst().response()).isNotNull();
            assertThat(count(ThreadChoice.ANOTHER_CALLER)).isZero();
        }
        assertThat(threads.getLast()).isNotEqualTo(Thread.currentThread());
    }

    @Test
    void enqueue_largeOneMeanwhile_runsOnTheInstancesThreadAndTheNextHereAgain() throws Exception {
        Instance instance = new Instance();
        try (InstanceGroup _ = group(instance)) {
            sendUntilInline();
            List<RecordingListener> others = sendWithOthersMeanwhile(instance, 0, large(), Requests.of("small"));
            assertThat(others.getFirst().response()).isNotNull();
            assertThat(others.getLast().response()).isNotNull();
            assertThat(threads.getLast()).isNotEqualTo(Thread.currentThread());
            assertThat(count(ThreadChoice.ANOTHER_CALLER)).isZero();

            sendUntilInline();
            assertThat(sendWithOthersMeanwhile(instance, 0, Requests.of("small")).getFirst().outcomes()).hasSize(1);
        }
    }

    /** Two that make a batch are run as one. */
    @Test
    void enqueue_othersMeanwhileThatFitOneBatch_runTogetherOnTheInstancesThread() throws Exception {
        scheduler = scheduler(new BatchPolicy(2, List.of(), 0), REQUIRED);
        Instance instance = new Instance();
        try (InstanceGroup _ = group(instance)) {
            sendUntilInline();
            long executions = statistics.snapshot().executionCount();
            List<RecordingListener> others = sendWithOthersMeanwhile(instance, 0, Requests.of("a"), Requests.of("b"));
            assertThat(others.getFirst().response()).isNotNull();
            assertThat(others.getLast().response()).isNotNull();
            assertThat(statistics.snapshot().executionCount()).isEqualTo(executions + 2);
        }
    }

    @Test
    void enqueue_anotherOneWaitsTooLongMeanwhile_isRejected() throws Exception {
        Instance instance = new Instance();
        scheduler = scheduler(BatchPolicy.ALONE,
                PriorityLevels.of(new QueuePolicy(QueuePolicy.TimeoutAction.REJECT, 10, false, 0)), REQUIRED);
        try (InstanceGroup _ = group(instance)) {
            sendUntilInline();
            List<RecordingListener> others = sendWithOthersMeanwhile(instance, 11, Requests.of("late"));
            assertThat(others.getFirst().outcome()).isInstanceOfSatisfying(InferenceException.class,
                    error -> assertThat(error).hasMessage("Request timeout expired"));
        }
    }

    private interface Step {
        void run() throws Exception;
    }

    private static void inAnotherThread(Step step) {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                step.run();
            } catch (Throwable e) {
                thrown.set(e);
            }
        });
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        assertThat(thrown.get()).isNull();
    }

    @Test
    void close_whileItRunsHere_instanceEndsAfterwards() throws Exception {
        Instance instance = new Instance();
        InstanceGroup group = group(instance);
        sendUntilInline();
        Thread closer = Thread.ofPlatform().unstarted(group::close);
        instance.body = batch -> {
            scheduler.close();
            closer.start();
            assertThat(instance.closed).isFalse();
            respond(batch);
        };
        assertThat(send().response()).isNotNull();
        closer.join();
        assertThat(instance.closed).isTrue();
    }

    @Test
    void remove_whileItRunsHere_instanceEndsAfterwards() throws Exception {
        Instance goes = new Instance();
        Instance stays = new Instance();
        InstanceGroup.Member leaving = InstanceGroup.Member.of(goes);
        try (InstanceGroup group = new InstanceGroup(scheduler, List.of(leaving), environment)) {
            sendUntilInline();
            AtomicReference<Thread> remover = new AtomicReference<>();
            goes.body = batch -> {
                group.add(List.of(InstanceGroup.Member.of(stays)));
                remover.set(Thread.ofPlatform().start(() -> group.remove(List.of(leaving))));
                respond(batch);
            };
            send();
            remover.get().join();
            assertThat(goes.closed).isTrue();
            assertThat(send().response()).isNotNull();
        }
        assertThat(stays.ran).isTrue();
        assertThat(stays.closed).isTrue();
    }

    @Test
    void instance_goneWhileItRunsHere_isReplacedOnItsOwnThread() throws Exception {
        Instance broken = new Instance();
        Instance next = new Instance();
        AtomicReference<Thread> creator = new AtomicReference<>();
        Replacement replacement = new Replacement(() -> {
            creator.set(Thread.currentThread());
            return next;
        }, (_, action) -> {
            action.run();
            return () -> {
            };
        });
        try (InstanceGroup _ = new InstanceGroup(scheduler,
                List.of(new InstanceGroup.Member(broken, null, false, replacement)),
                new InstanceEnvironment(false, statistics, clock, (_, _) -> {
                }))) {
            sendUntilInline();
            broken.body = _ -> {
                throw new InstanceGoneException(new InferenceException(ErrorCode.UNAVAILABLE, "it has crashed"));
            };
            assertThat(sendOrRejected().code()).isEqualTo(ErrorCode.UNAVAILABLE);
            while (creator.get() == null || !next.ran) {
                InferenceException _ = sendOrRejected();
            }
        }
        assertThat(creator.get()).isNotEqualTo(Thread.currentThread());
        assertThat(broken.closed).isTrue();
    }

    private InferenceException sendOrRejected() {
        try {
            RecordingListener listener = send();
            return listener.outcome() instanceof InferenceException error ? error
                    : new InferenceException(ErrorCode.INTERNAL, "it was answered");
        } catch (InferenceException rejected) {
            return rejected;
        }
    }

    @Test
    void enqueue_manyThreads_eachRequestIsAnsweredOnce() throws Exception {
        int each = 5_000;
        AtomicInteger answered = new AtomicInteger();
        try (InstanceGroup _ = group(new Instance())) {
            Race.run(4, _ -> {
                for (int i = 0; i < each; i++) {
                    answered.addAndGet(send().outcomes().size());
                }
            });
        }
        assertThat(answered.get()).isEqualTo(4 * each);
        assertThat(statistics.snapshot().executionCount()).isEqualTo(4L * each);
    }

    private static void respond(Batch batch) {
        for (int i = 0; i < batch.size(); i++) {
            batch.respond(i, Requests.response(Lease.NONE));
        }
    }

    @FunctionalInterface
    private interface Body {
        void run(Batch batch) throws InferenceException, InstanceGoneException;
    }

    /** Runs {@link #body}; two threads in it at a time are a defect. */
    private final class Instance implements ModelInstance {
        private volatile Body body = InlineExecutionTest::respond;
        private volatile boolean anyThread = true;
        private volatile boolean closed;
        private volatile boolean ran;
        private final AtomicReference<@Nullable Thread> running = new AtomicReference<>();

        @Override
        public String name() {
            return "m_0";
        }

        @Override
        public boolean runsOnAnyThread() {
            return anyThread;
        }

        @Override
        public void execute(Batch batch) throws InferenceException, InstanceGoneException {
            if (closed || !running.compareAndSet(null, Thread.currentThread())) {
                throw new AssertionError("two threads at a time, or one too late");
            }
            try {
                ran = true;
                threads.add(Thread.currentThread());
                body.run(batch);
            } finally {
                running.set(null);
            }
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
