package io.nereid.scheduler.instance;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Outcome;
import io.nereid.scheduler.DefectLog;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.scheduler.Scheduler;
import io.nereid.scheduler.Seat;
import io.nereid.statistics.CloseReason;
import io.nereid.statistics.ModelStatistics;
import org.jspecify.annotations.Nullable;

import java.util.function.BiConsumer;

/**
 * Runs one model instance: takes what the scheduler gives, executes it, hands the answers on, until the scheduler is
 * closed and empty. A platform thread, since native calls pin.
 */
final class InstanceThread {
    private final Scheduler scheduler;
    private final ModelInstance instance;
    private final RateLimiter.@Nullable Claim claim;
    private final DefectLog defects;
    private final ModelStatistics.Instance statistics;
    private final Batch batch;
    private final Seat seat;
    private final BiConsumer<QueuedRequest, Outcome> delivery;
    private final Thread thread;

    /** @param claim its right to run; null where it may whenever there is work */
    InstanceThread(Scheduler scheduler, ModelInstance instance, RateLimiter.@Nullable Claim claim,
            InstanceEnvironment environment, OpenSenders openSenders) {
        this.scheduler = scheduler;
        this.instance = instance;
        this.claim = claim;
        this.defects = environment.defects();
        this.statistics = environment.statistics().instance(instance.name(), instance.gpu());
        this.batch = new Batch(statistics, environment, openSenders, instance::terminate);
        this.seat = scheduler.seat(batch, claim == null ? () -> 0 : claim::turn);
        this.delivery = scheduler::deliver;
        this.thread = Thread.ofPlatform().name(instance.name()).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Takes no more work, and ends when what it took has been run. */
    void dismiss() {
        scheduler.dismiss(seat);
    }

    void join() throws InterruptedException {
        thread.join();
    }

    private void run() {
        try (statistics) {
            if (claim == null) {
                runFreely();
            } else {
                runInTurn(claim);
            }
        }
    }

    private void runFreely() {
        for (CloseReason reason = scheduler.take(seat); reason != null; reason = scheduler.take(seat)) {
            runBatch(reason);
        }
    }

    /** Looks for work before it lines up, and takes the batch only when it may run: until then it can grow. */
    private void runInTurn(RateLimiter.Claim right) {
        while (scheduler.awaitWork(seat) && right.acquire()) {
            boolean executed = runNext();
            while (executed && scheduler.hasWork() && right.renew(true)) {
                executed = runNext();
            }
            right.release(executed);
        }
    }

    private boolean runNext() {
        CloseReason reason = scheduler.poll(seat);
        if (reason == null) {
            return false;
        }
        runBatch(reason);
        return true;
    }

    private void runBatch(CloseReason reason) {
        batch.start(seat.batch());
        InferenceException failure = execute();
        if (failure != null) {
            batch.abortSenders(failure);
        }
        if (batch.end()) {
            instance.forgetTermination();
            failure = new InferenceException(ErrorCode.CANCELLED, "the request was cancelled while it ran");
        }
        scheduler.executed(seat, failure == null && batch.isAnswered());
        if (failure != null) {
            batch.failUnanswered(failure);
        }
        batch.finish(reason, delivery);
    }

    /**
     * A border: whatever a backend throws becomes the answer to its requests, and the thread goes on. Errors too: reading
     * a client's shared memory that was cut short is an InternalError, and without this thread the model would hang.
     */
    private @Nullable InferenceException execute() {
        try {
            instance.execute(batch);
            return null;
        } catch (InferenceException e) {
            return e;
        } catch (Throwable e) {
            defects.unexpected(instance.name(), e);
            return new InferenceException(ErrorCode.INTERNAL, "instance '" + instance.name() + "' failed: " + e, e);
        }
    }
}
