package io.nereid.scheduler;

import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.inference.Outcome;
import io.nereid.inference.RecordingListener;
import io.nereid.inference.Requests;
import io.nereid.statistics.CloseReason;
import io.nereid.statistics.ModelStatistics;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/**
 * Instances that wait for requests, their threads run by Lincheck in many orders: where a call gets lost, one waits
 * for ever, and Lincheck says so. Time stands still, so that no wait ends by itself.
 */
class BatchSchedulerWaitingLincheckTest {
    private static final int ORDERS = 15;
    private static final BatchPolicy PAIRS = new BatchPolicy(2, List.of(), Duration.ofHours(1).toNanos());

    /** Nobody closes the scheduler: each instance ends only if it is called. */
    @Test
    void take_oneRequestForEachInstance_eachGetsOne() {
        ManyOrders.run(ORDERS, () -> {
            BatchScheduler scheduler = scheduler(BatchPolicy.ALONE);
            Instance one = new Instance(scheduler);
            Instance other = new Instance(scheduler);
            Thread first = Thread.ofPlatform().start(one::take);
            Thread second = Thread.ofPlatform().start(other::take);
            enqueue(scheduler, "a");
            enqueue(scheduler, "b");
            join(first);
            join(second);
            expect(List.of("a", "b"), taken(one, other));
            expect(1, one.ids.size());
        });
    }

    /** A request that is cancelled either runs or its listener receives that, and the others run. */
    @Test
    void take_requestIsGivenUpAndSchedulerClosed_everyOtherRunsOnce() {
        ManyOrders.run(ORDERS, () -> {
            BatchScheduler scheduler = scheduler(PAIRS);
            Instance one = new Instance(scheduler);
            RecordingListener listener = new RecordingListener();
            Thread first = Thread.ofPlatform().start(one::takeAll);
            QueuedRequest request = enqueue(scheduler, "a", listener);
            enqueue(scheduler, "b");
            request.cancel();
            scheduler.close();
            join(first);
            boolean notified = !listener.outcomes().isEmpty();
            expect(notified ? List.of("b") : List.of("a", "b"), taken(one));
        });
    }

    /** One that has to wait for its right to run leaves the request to the other, which must be called. */
    @Test
    void awaitWork_oneLeavesWhatItFound_theOtherGetsIt() {
        ManyOrders.run(ORDERS, () -> {
            BatchScheduler scheduler = scheduler(BatchPolicy.ALONE);
            Instance one = new Instance(scheduler);
            Instance other = new Instance(scheduler);
            Thread first = Thread.ofPlatform().start(one::awaitWork);
            Thread second = Thread.ofPlatform().start(other::take);
            enqueue(scheduler, "a");
            join(second);
            enqueue(scheduler, "b");
            join(first);
            expect(List.of("a"), taken(one, other));
        });
    }

    /** Those who queue may run their request while the instance's thread waits; it must miss nothing, nor take part. */
    @Test
    void enqueue_instanceIsLentInBetween_everyRequestRunsOnceAndItsThreadEnds() {
        ManyOrders.run(ORDERS, () -> {
            BatchScheduler scheduler = scheduler(BatchPolicy.ALONE, new InlineExecution(() -> 0, 0));
            Instance one = new Instance(scheduler, true);
            Thread instance = Thread.ofPlatform().start(one::takeAll);
            Thread client = Thread.ofPlatform().start(() -> enqueue(scheduler, "a"));
            enqueue(scheduler, "b");
            enqueue(scheduler, "c");
            join(client);
            scheduler.close();
            join(instance);
            expect(List.of("a", "b", "c"), taken(one));
        });
    }

    private static BatchScheduler scheduler(BatchPolicy policy) {
        return scheduler(policy, null);
    }

    private static BatchScheduler scheduler(BatchPolicy policy, @Nullable InlineExecution inline) {
        return new BatchScheduler(new BatchQueue(policy, PriorityLevels.NONE, 0), BatchCompatibility.ALL, false, null,
                new SchedulerEnvironment(() -> 0, (_, _) -> {
                    throw new AssertionError("no request has a timeout");
                },
                        new ModelStatistics(InstantSource.system()), BatchSchedulerWaitingLincheckTest::fail),
                inline);
    }

    private static void enqueue(BatchScheduler scheduler, String id) {
        QueuedRequest _ = enqueue(scheduler, id, new RecordingListener());
    }

    private static QueuedRequest enqueue(BatchScheduler scheduler, String id, RecordingListener listener) {
        try {
            return scheduler.enqueue(Requests.of(id), listener);
        } catch (InferenceException e) {
            throw new AssertionError(e);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> taken(Instance... instances) {
        List<String> all = new ArrayList<>();
        for (Instance instance : instances) {
            all.addAll(instance.ids);
        }
        all.sort(null);
        return all;
    }

    /** AssertJ would be run in every order too. */
    private static void expect(Object expected, Object actual) {
        if (!expected.equals(actual)) {
            throw new AssertionError("expected " + expected + ", got " + actual);
        }
    }

    private static void fail(String what, @Nullable Throwable cause) {
        throw new AssertionError(what, cause);
    }

    /** What an instance thread does at the scheduler, and whom it took. */
    private static final class Instance {
        private final BatchScheduler scheduler;
        private final InstanceSlot slot;
        private final List<String> ids = new ArrayList<>();

        Instance(BatchScheduler scheduler) {
            this(scheduler, false);
        }

        Instance(BatchScheduler scheduler, boolean lendable) {
            this.scheduler = scheduler;
            this.slot = scheduler.addSlot(Instance::leave, () -> 0, lendable ? this::runLent : null);
        }

        private Outcome runLent(CloseReason reason) {
            noteBatch();
            scheduler.executed(slot, true, 0);
            return Requests.response(Lease.NONE);
        }

        /** A request that runs is run to its end. */
        private static void leave(QueuedRequest request) {
            // Nothing is under way that could be ended.
        }

        boolean take() {
            boolean more = scheduler.take(slot) != null;
            noteBatch();
            return more;
        }

        void takeAll() {
            boolean more = true;
            while (more) {
                more = take();
            }
        }

        void awaitWork() {
            expect(true, scheduler.awaitWork(slot));
        }

        private void noteBatch() {
            for (QueuedRequest request : slot.batch()) {
                ids.add(request.request().id());
            }
            slot.batch().clear();
        }
    }
}
