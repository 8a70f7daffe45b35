package io.nereid.scheduler;

import io.nereid.inference.CountingLease;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.FakeClock;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Race;
import io.nereid.inference.RecordingListener;
import io.nereid.inference.Requests;
import io.nereid.statistics.ModelStatistics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.InstantSource;
import java.util.List;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

@Timeout(60)
class BatchSchedulerTest {
    private final FakeClock clock = new FakeClock();
    private final BatchScheduler scheduler = alone();

    @Test
    void take_severalQueued_givesThemOneByOneInOrderOfArrival() throws Exception {
        for (String id : List.of("a", "b", "c")) {
            enqueue(id);
        }
        assertThat(scheduler.pending()).isEqualTo(3);
        assertThat(takeId()).isEqualTo("a");
        assertThat(takeId()).isEqualTo("b");
        assertThat(scheduler.pending()).isEqualTo(1);
        assertThat(takeId()).isEqualTo("c");
        assertThat(scheduler.pending()).isZero();
    }

    @Test
    void load_severalQueued_tellsHowManyAndForHowLong() throws Exception {
        assertThat(scheduler.load()).isEqualTo(new QueueLoad(0, 0, OptionalLong.empty()));
        enqueue("a");
        clock.advanceNanos(30);
        enqueue("b");
        clock.advanceNanos(20);
        assertThat(scheduler.load()).isEqualTo(new QueueLoad(2, 50, OptionalLong.empty()));
        assertThat(takeId()).isEqualTo("a");
        assertThat(scheduler.load()).isEqualTo(new QueueLoad(1, 20, OptionalLong.empty()));
    }

    @Test
    void enqueue_remembersWhenAndForWhom() throws Exception {
        RecordingListener listener = new RecordingListener();
        long queuedAt = clock.nanoTime();
        scheduler.enqueue(Requests.of("a"), listener);
        clock.advanceNanos(50);
        InstanceSlot slot = slot(scheduler);
        List<QueuedRequest> batch = slot.batch();
        assertThat(scheduler.take(slot)).isNotNull();
        assertThat(batch.getFirst().queuedNanos()).isEqualTo(queuedAt);
        assertThat(batch.getFirst().listener()).isSameAs(listener);
    }

    @Test
    void enqueue_afterClose_failsUnavailableAndLeavesTheRequestToItsOwner() {
        scheduler.close();
        CountingLease memory = new CountingLease();
        RecordingListener listener = new RecordingListener();
        assertThatThrownBy(() -> scheduler.enqueue(Requests.of("late", 1, memory), listener))
                .asInstanceOf(type(InferenceException.class))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE))
                .satisfies(e -> assertThat(e.text()).contains("stopped accepting new inference requests"));
        assertThat(memory.releases()).isZero();
        assertThat(listener.outcomes()).isEmpty();
        assertThat(scheduler.pending()).isZero();
    }

    @Test
    void close_requestsQueued_givesThemOutBeforeItEndsTheInstances() throws Exception {
        enqueue("a");
        enqueue("b");
        scheduler.close();
        scheduler.close();
        assertThat(takeId()).isEqualTo("a");
        assertThat(takeId()).isEqualTo("b");
        InstanceSlot slot = slot(scheduler);
        assertThat(scheduler.take(slot)).isNull();
        assertThat(scheduler.take(slot)).isNull();
        assertThat(slot.batch()).isEmpty();
    }

    @Test
    void close_instancesWaiting_wakesThemAll() throws Exception {
        AtomicInteger ended = new AtomicInteger();
        Race.run(4, thread -> {
            if (thread == 0) {
                scheduler.close();
            } else {
                assertThat(scheduler.take(slot(scheduler))).isNull();
                ended.incrementAndGet();
            }
        });
        assertThat(ended).hasValue(3);
    }

    @Test
    void take_interruptedInstance_waitsOnAndKeepsTheInterrupt() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        AtomicInteger outcome = new AtomicInteger();
        Thread instance = Thread.ofPlatform().start(() -> {
            started.countDown();
            boolean got = scheduler.take(slot(scheduler)) != null;
            outcome.set(got && Thread.currentThread().isInterrupted() ? 1 : 2);
        });
        started.await();
        instance.interrupt();
        enqueue("a");
        instance.join();
        assertThat(outcome).hasValue(1);
    }

    /** Were a wake-up lost, a request would stay queued while instances sleep, and this would never end. */
    @Test
    void enqueue_everyInstanceIdle_wakesOneForEachRequest() throws Exception {
        int instances = 4;
        for (int round = 0; round < 300; round++) {
            BatchScheduler meeting = alone();
            CountDownLatch allBusy = new CountDownLatch(instances);
            Race.run(2 * instances, thread -> {
                if (thread < instances) {
                    assertThat(meeting.take(slot(meeting))).isNotNull();
                    // Each instance holds on to its request until all have one: one instance cannot serve two.
                    allBusy.countDown();
                    assertThat(allBusy.await(20, TimeUnit.SECONDS)).isTrue();
                } else {
                    meeting.enqueue(Requests.of("r" + thread), new RecordingListener());
                }
            });
            assertThat(meeting.pending()).isZero();
        }
    }

    @Test
    void enqueueTakeClose_manyThreadsAtOnce_givesEveryAcceptedRequestOutExactlyOnce() throws Exception {
        int producers = 3;
        int consumers = 3;
        int each = 10_000;
        Queue<String> given = new ConcurrentLinkedQueue<>();
        CountDownLatch produced = new CountDownLatch(producers);
        Race.run(producers + consumers + 1, thread -> {
            if (thread < producers) {
                for (int i = 0; i < each; i++) {
                    scheduler.enqueue(Requests.of(thread + "-" + i), new RecordingListener());
                }
                produced.countDown();
            } else if (thread < producers + consumers) {
                InstanceSlot slot = slot(scheduler);
                while (scheduler.take(slot) != null) {
                    slot.batch().forEach(queued -> given.add(queued.request().id()));
                    slot.batch().clear();
                }
            } else {
                assertThat(produced.await(40, TimeUnit.SECONDS)).isTrue();
                scheduler.close();
            }
        });
        Set<String> expected = IntStream.range(0, producers).boxed()
                .flatMap(p -> IntStream.range(0, each).mapToObj(i -> p + "-" + i)).collect(Collectors.toSet());
        assertThat(given).hasSize(producers * each);
        assertThat(Set.copyOf(given)).isEqualTo(expected);
    }

    @Test
    void close_whileOthersEnqueue_losesNoAcceptedRequest() throws Exception {
        for (int round = 0; round < 200; round++) {
            BatchScheduler closing = alone();
            AtomicInteger accepted = new AtomicInteger();
            AtomicInteger taken = new AtomicInteger();
            Race.run(4, thread -> {
                switch (thread) {
                    case 0 -> closing.close();
                    case 1 -> {
                        InstanceSlot slot = slot(closing);
                        while (closing.take(slot) != null) {
                            taken.addAndGet(slot.batch().size());
                            slot.batch().clear();
                        }
                    }
                    default -> {
                        try {
                            for (int i = 0; i < 50; i++) {
                                closing.enqueue(Requests.of("r"), new RecordingListener());
                                accepted.incrementAndGet();
                            }
                        } catch (InferenceException e) {
                            assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE);
                        }
                    }
                }
            });
            assertThat(taken.get()).isEqualTo(accepted.get());
        }
    }

    @Test
    void removeSlot_takesNothingMoreAndTheNextOneGetsItsNumber() throws Exception {
        InstanceSlot removed = slot(scheduler);
        InstanceSlot other = slot(scheduler);
        enqueue("a");
        scheduler.removeSlot(removed);
        assertThat(scheduler.poll(removed)).isNull();
        assertThat(scheduler.take(removed)).isNull();
        assertThat(scheduler.pending()).isOne();
        assertThat(slot(scheduler).number()).isEqualTo(removed.number());
        assertThat(scheduler.take(other)).isNotNull();
    }

    private BatchScheduler alone() {
        return new BatchScheduler(new BatchQueue(BatchPolicy.ALONE, PriorityLevels.NONE, 0), BatchCompatibility.ALL,
                false,
                null,
                new SchedulerEnvironment(clock, (_, _) -> () -> {
                }, new ModelStatistics(InstantSource.system()), (_, defect) -> {
                    throw new AssertionError(defect);
                }));
    }

    private static InstanceSlot slot(BatchScheduler scheduler) {
        return scheduler.addSlot(_ -> {
        }, () -> 0);
    }

    private void enqueue(String id) throws InferenceException {
        scheduler.enqueue(Requests.of(id), new RecordingListener());
    }

    private String takeId() {
        InstanceSlot slot = slot(scheduler);
        assertThat(scheduler.take(slot)).isNotNull();
        assertThat(slot.batch()).hasSize(1);
        return slot.batch().getFirst().request().id();
    }
}
