package io.nereid.scheduler.instance;

import io.nereid.inference.Cancellation;
import io.nereid.inference.CountingLease;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.inference.NanoClock;
import io.nereid.inference.Requests;
import io.nereid.inference.StreamListener;
import io.nereid.scheduler.BatchCompatibility;
import io.nereid.scheduler.BatchPolicy;
import io.nereid.scheduler.BatchQueue;
import io.nereid.scheduler.BatchScheduler;
import io.nereid.scheduler.PriorityLevels;
import io.nereid.scheduler.SchedulerEnvironment;
import io.nereid.statistics.ModelStatistics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;

/** Instances of a decoupled model, with their threads. */
@Timeout(60)
class DecoupledGroupTest {
    private final ModelStatistics statistics = new ModelStatistics(InstantSource.system());
    private final List<Throwable> defects = new CopyOnWriteArrayList<>();
    private final BatchScheduler scheduler = new BatchScheduler(
            new BatchQueue(BatchPolicy.ALONE, PriorityLevels.NONE, 0),
            BatchCompatibility.ALL, false, null, new SchedulerEnvironment(NanoClock.SYSTEM, (_, _) -> () -> {
            }, statistics, (_, defect) -> defects.add(defect)));
    private final InstanceEnvironment environment = new InstanceEnvironment(true, statistics, NanoClock.SYSTEM,
            (_, defect) -> defects.add(defect));
    private final BlockingQueue<ResponseSender> senders = new LinkedBlockingQueue<>();
    private final AtomicInteger terminations = new AtomicInteger();
    private final AtomicInteger closed = new AtomicInteger();

    @Test
    void sender_outlivesItsExecution_instanceRunsTheNext() throws Exception {
        try (InstanceGroup _ = group(batch -> senders.add(batch.sender(0)))) {
            CountingLease inputs = new CountingLease();
            StreamListener first = new StreamListener();
            scheduler.enqueue(Requests.of("a", 1, inputs), first);
            ResponseSender firstSender = senders.take();
            StreamListener second = send();
            ResponseSender secondSender = senders.take();
            assertThat(inputs.releases()).isEqualTo(1);
            secondSender.end();
            assertThat(second.end()).isEqualTo("end");
            firstSender.sendLast(Requests.response(Lease.NONE));
            assertThat(first.end()).isEqualTo("last");
        }
        assertThat(statistics.snapshot().success().count()).isEqualTo(2);
        assertThat(defects).isEmpty();
    }

    @Test
    void cancel_onlyStreaming_reachesTheSenderAndNotTheRunningBatch() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicInteger executions = new AtomicInteger();
        try (InstanceGroup _ = group(batch -> {
            if (executions.incrementAndGet() == 2) {
                goOn.await();
            }
            senders.add(batch.sender(0));
        })) {
            StreamListener streaming = new StreamListener();
            Cancellation cancellation = scheduler.enqueue(Requests.of("a"), streaming);
            ResponseSender sender = senders.take();
            StreamListener running = send();
            CountDownLatch notified = new CountDownLatch(1);
            sender.onCancel(notified::countDown);
            cancellation.cancel();
            notified.await();
            sender.close();
            assertThat(streaming.error().code()).isEqualTo(ErrorCode.CANCELLED);
            goOn.countDown();
            senders.take().end();
            assertThat(running.end()).isEqualTo("end");
        }
        assertThat(terminations).hasValue(0);
    }

    @Test
    void execute_throwsWithASenderTaken_streamEndsWithTheFailure() throws Exception {
        try (InstanceGroup _ = group(batch -> {
            senders.add(batch.sender(0));
            throw new AssertionError("defect");
        })) {
            StreamListener listener = send();
            assertThat(listener.error().code()).isEqualTo(ErrorCode.INTERNAL);
            assertThat(listener.error().text()).contains("defect");
            senders.take().close();
        }
        assertThat(defects).hasSize(1);
        assertThat(statistics.snapshot().fail().count()).isEqualTo(1);
    }

    @Test
    void close_senderOpen_waitsForItsEnd() throws Exception {
        InstanceGroup group = group(batch -> senders.add(batch.sender(0)));
        StreamListener listener = send();
        ResponseSender sender = senders.take();
        Thread closer = Thread.ofPlatform().start(group::close);
        sender.send(Requests.response(Lease.NONE));
        assertThat(closed).hasValue(0);
        sender.end();
        closer.join();
        assertThat(closed).hasValue(1);
        assertThat(listener.end()).isEqualTo("end");
    }

    /** Streams on threads of their own, given up at any moment: each ends once, and nothing is left. */
    @Test
    void streams_givenUpAtRandom_eachEndsOnce() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        CountingLease inputs = new CountingLease();
        CountingLease outputs = new CountingLease();
        AtomicInteger made = new AtomicInteger();
        List<StreamListener> listeners = new ArrayList<>();
        int streams = 3_000;
        try (InstanceGroup _ = group(batch -> {
            ResponseSender sender = batch.sender(0);
            int responses = Integer.parseInt(batch.request(0).id());
            Thread.ofVirtual().start(() -> {
                try (sender) {
                    for (int i = 0; i < responses && !sender.isCancelled(); i++) {
                        made.incrementAndGet();
                        sender.send(Requests.response(outputs));
                    }
                    if (responses % 3 != 0) { // else by close
                        sender.end();
                    }
                }
            });
        })) {
            for (int i = 0; i < streams; i++) {
                StreamListener listener = new StreamListener();
                listeners.add(listener);
                Cancellation cancellation = scheduler
                        .enqueue(Requests.of(Integer.toString(random.nextInt(20)), 1, inputs), listener);
                if (random.nextBoolean()) {
                    Thread.ofVirtual().start(cancellation::cancel);
                }
            }
            for (StreamListener listener : listeners) {
                assertThat(listener.end()).as("seed %d", seed).isNotNull();
            }
        }
        assertThat(inputs.releases()).isEqualTo(streams);
        assertThat(outputs.releases()).isEqualTo(made.get());
        assertThat(statistics.snapshot().success().count() + statistics.snapshot().fail().count()).isEqualTo(streams);
        assertThat(defects).isEmpty();
    }

    private StreamListener send() throws InferenceException {
        StreamListener listener = new StreamListener();
        scheduler.enqueue(Requests.of("r"), listener);
        return listener;
    }

    private InstanceGroup group(Body body) {
        return new InstanceGroup(scheduler, List.of(InstanceGroup.Member.of(new Instance(body))), environment);
    }

    /** What an execution does. */
    @FunctionalInterface
    private interface Body {
        void run(Batch batch) throws InterruptedException;
    }

    private final class Instance implements ModelInstance {
        private final Body body;

        Instance(Body body) {
            this.body = body;
        }

        @Override
        public String name() {
            return "m_0";
        }

        @Override
        public void execute(Batch batch) {
            try {
                body.run(batch);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void terminate() {
            terminations.incrementAndGet();
        }

        @Override
        public void close() {
            closed.incrementAndGet();
        }
    }
}
