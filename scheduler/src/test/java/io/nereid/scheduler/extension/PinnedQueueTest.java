package io.nereid.scheduler.extension;

import io.nereid.inference.Await;
import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;
import io.nereid.inference.RecordingListener;
import io.nereid.inference.Requests;
import io.nereid.scheduler.BatchCompatibility;
import io.nereid.scheduler.BatchScheduler;
import io.nereid.scheduler.InstanceSlot;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.scheduler.SchedulerEnvironment;
import io.nereid.statistics.ModelStatistics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.InstantSource;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

/** A queue of another package in the scheduler: it decides by instance, and the scheduler wakes the right one. */
@Timeout(60)
class PinnedQueueTest {
    private static final int INSTANCES = 4;
    private static final int ROUNDS = 500;

    private final BatchScheduler scheduler = new BatchScheduler(new PinnedQueue(INSTANCES), BatchCompatibility.ALL,
            false,
            null, new SchedulerEnvironment(NanoClock.SYSTEM, (_, _) -> () -> {
            }, new ModelStatistics(InstantSource.system()), (_, error) -> {
                throw new AssertionError(error);
            }));
    private final List<InstanceSlot> slots = IntStream.range(0, INSTANCES).mapToObj(_ -> scheduler.addSlot(_ -> {
    }, () -> 0)).toList();

    @Test
    void poll_requestIsForAnotherInstance_isLeftToIt() throws Exception {
        enqueue("2.a");
        assertThat(scheduler.hasWork(slots.get(1))).isFalse();
        assertThat(scheduler.hasWork(slots.get(2))).isTrue();
        assertThat(scheduler.poll(slots.get(1))).isNull();
        assertThat(scheduler.poll(slots.get(2))).isNotNull();
        assertThat(slots.get(2).batch()).hasSize(1);
    }

    /** Were the wrong instance woken, the request would stay queued while its own sleeps, and this would never end. */
    @Test
    void enqueue_instancesWait_wakesTheOneThatTheRequestIsFor() throws Exception {
        Queue<String> ran = new ConcurrentLinkedQueue<>();
        List<Thread> threads = slots.stream().map(slot -> Thread.ofPlatform().start(() -> run(slot, ran))).toList();
        for (int round = 0; round < ROUNDS; round++) {
            enqueue(round % INSTANCES + "." + round);
            enqueue((round + 2) % INSTANCES + "." + round);
            Await.until(() -> scheduler.pending() == 0);
        }
        scheduler.close();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(ran).hasSize(2 * ROUNDS).allMatch(line -> line.charAt(0) == line.charAt(line.length() - 1));
    }

    @Test
    void cancel_queuedRequest_leavesTheQueue() throws Exception {
        QueuedRequest request = enqueue("0.a");
        request.cancel();
        assertThat(scheduler.pending()).isZero();
        assertThat(scheduler.poll(slots.getFirst())).isNull();
    }

    private void run(InstanceSlot slot, Queue<String> ran) {
        while (scheduler.take(slot) != null) {
            slot.batch().forEach(request -> ran.add(request.request().id() + " on " + slot.number()));
            slot.batch().clear();
        }
    }

    private QueuedRequest enqueue(String id) throws InferenceException {
        return scheduler.enqueue(Requests.of(id), new RecordingListener());
    }
}
