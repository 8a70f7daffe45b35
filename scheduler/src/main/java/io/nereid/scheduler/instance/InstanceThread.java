package io.nereid.scheduler.instance;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Outcome;
import io.nereid.scheduler.BatchScheduler;
import io.nereid.scheduler.InstanceSlot;
import io.nereid.scheduler.InternalErrorLog;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.statistics.CloseReason;
import io.nereid.statistics.ModelStatistics;
import org.jspecify.annotations.Nullable;

import java.util.function.BiConsumer;

/**
 * Runs one model instance: takes what the scheduler gives, executes it, hands the answers on, until the scheduler is
 * closed and empty. A platform thread, since native calls pin.
 */
final class InstanceThread {
    private final BatchScheduler scheduler;
    private final ModelInstance instance;
    private final RateLimiter.@Nullable Claim claim;
    private final InternalErrorLog internalErrors;
    private final ModelStatistics.Instance statistics;
    private final Batch batch;
    private final InstanceSlot slot;
    private final BiConsumer<QueuedRequest, Outcome> delivery;
    private final Thread thread;

    /** @param claim its right to run; null where it may whenever there is work */
    InstanceThread(BatchScheduler scheduler, ModelInstance instance, RateLimiter.@Nullable Claim claim,
            InstanceEnvironment environment, OpenSenders openSenders) {
        this.scheduler = scheduler;
        this.instance = instance;
        this.claim = claim;
        this.internalErrors = environment.internalErrors();
        this.statistics = environment.statistics().instance(instance.name(), instance.gpu());
        this.batch = new Batch(statistics, environment, openSenders, instance::terminate);
        this.slot = scheduler.addSlot(batch, claim == null ? () -> 0 : claim::turn);
        this.delivery = scheduler::deliver;
        this.thread = Thread.ofPlatform().name(instance.name()).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Takes no more work, and ends when what it took has been run. */
    void dismiss() {
        scheduler.removeSlot(slot);
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
        for (CloseReason reason = scheduler.take(slot); reason != null; reason = scheduler.take(slot)) {
            runBatch(reason);
        }
    }

    /**
     * Looks for work before it waits for its resources, and takes the batch only when it has them: until then it can
     * grow.
     */
    private void runInTurn(RateLimiter.Claim right) {
        while (scheduler.awaitWork(slot) && right.acquire()) {
            boolean executed = runNext();
            while (executed && scheduler.hasWork(slot) && right.renew(true)) {
                executed = runNext();
            }
            right.release(executed);
        }
    }

    private boolean runNext() {
        CloseReason reason = scheduler.poll(slot);
        if (reason == null) {
            return false;
        }
        runBatch(reason);
        return true;
    }

    private void runBatch(CloseReason reason) {
        batch.start(slot.batch());
        InferenceException failure = execute();
        if (failure != null) {
            batch.abortSenders(failure);
        }
        if (batch.end()) {
            instance.forgetTermination();
            failure = new InferenceException(ErrorCode.CANCELLED, "the request was cancelled while it ran");
        }
        scheduler.executed(slot, failure == null && batch.isAnswered());
        if (failure != null) {
            batch.failUnanswered(failure);
        }
        batch.finish(reason, delivery);
    }

    /**
     * A border: whatever a backend throws becomes the answer to its requests, and the thread goes on. Errors too:
     * reading a client's shared memory that was cut short is an InternalError, and without this thread the model would
     * hang.
     */
    private @Nullable InferenceException execute() {
        try {
            instance.execute(batch);
            return null;
        } catch (InferenceException e) {
            return e;
        } catch (Throwable e) {
            internalErrors.unexpected(instance.name(), e);
            return new InferenceException(ErrorCode.INTERNAL, "instance '" + instance.name() + "' failed: " + e, e);
        }
    }
}
