package io.nereid.scheduler.instance;

import io.nereid.inference.Requests;
import io.nereid.scheduler.ManyOrders;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.scheduler.QueuedRequests;
import io.nereid.statistics.ModelStatistics;
import org.junit.jupiter.api.Test;

import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Requests of a batch that are given up while it starts or ends, in the orders that Lincheck makes. */
class BatchLincheckTest {
    private static final int ORDERS = 40;

    @Test
    void giveUp_allWhileItStarts_terminatesOnce() {
        ManyOrders.run(ORDERS, () -> {
            Run run = new Run();
            Thread first = Thread.ofPlatform().start(() -> run.cancel(run.a));
            Thread second = Thread.ofPlatform().start(() -> run.cancel(run.b));
            run.batch.start(List.of(run.a, run.b));
            join(first);
            join(second);
            expect(1, run.terminations.get());
            expect(true, run.batch.end());
        });
    }

    @Test
    void giveUp_allWhileItEnds_terminatesNothingThatHasEnded() {
        ManyOrders.run(ORDERS, () -> {
            Run run = new Run();
            run.batch.start(List.of(run.a, run.b));
            Thread first = Thread.ofPlatform().start(() -> run.cancel(run.a));
            Thread second = Thread.ofPlatform().start(() -> run.cancel(run.b));
            boolean terminated = run.batch.end();
            run.ended.set(true);
            join(first);
            join(second);
            expect(terminated ? 1 : 0, run.terminations.get());
            expect(false, run.terminatedLate.get());
        });
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void expect(Object expected, Object actual) {
        if (!expected.equals(actual)) {
            throw new AssertionError("expected " + expected + ", got " + actual);
        }
    }

    /** A batch of two requests and who is notified of its end. */
    private static final class Run {
        private final QueuedRequest a = QueuedRequests.of(Requests.of("a"), 0);
        private final QueuedRequest b = QueuedRequests.of(Requests.of("b"), 0);
        private final AtomicInteger terminations = new AtomicInteger();
        private final AtomicBoolean ended = new AtomicBoolean();
        private final AtomicBoolean terminatedLate = new AtomicBoolean();
        private final ModelStatistics statistics = new ModelStatistics(InstantSource.system());
        private final Batch batch = new Batch(statistics.instance("m_0", ModelStatistics.NO_GPU),
                new InstanceEnvironment(false, statistics, () -> 0, (_, _) -> {
                }), new OpenSenders(), this::terminate, QueuedRequests::deliver);

        /** As a scheduler does it. */
        void cancel(QueuedRequest request) {
            QueuedRequests.cancel(request);
            batch.cancel(request);
        }

        private void terminate() {
            terminations.incrementAndGet();
            if (ended.get()) {
                terminatedLate.set(true);
            }
        }
    }
}
