package io.nereid.scheduler.instance;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Outcome;
import io.nereid.scheduler.BatchScheduler;
import io.nereid.scheduler.InstanceSlot;
import io.nereid.scheduler.InternalErrorLog;
import io.nereid.scheduler.QueuedRequest;
import io.nereid.statistics.CloseReason;
import io.nereid.statistics.InstanceStatistics;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Executes on one model instance what the scheduler decides, until there is no more work or the instance is gone. Used
 * by the instance's thread, and while that waits by one that has borrowed the instance ({@link #runLent}); but for
 * {@link #remove} and {@link #gone}.
 */
final class InstanceRunner {
    private final BatchScheduler scheduler;
    private final ModelInstance instance;
    private final RateLimiter.@Nullable Claim claim;
    private final InternalErrorLog internalErrors;
    private final OpenSenders openSenders = new OpenSenders();
    private final Batch batch;
    private final InstanceSlot slot;
    private volatile boolean gone;
    /** Written by the thread that runs the instance. */
    private volatile String whyGone = "it ended while it ran nothing";
    /** Of the thread that runs the instance. */
    private boolean answered;

    /**
     * A runner that takes a slot at the scheduler.
     *
     * @param claim the instance's right to run; null where it may whenever there is work
     */
    InstanceRunner(BatchScheduler scheduler, ModelInstance instance, RateLimiter.@Nullable Claim claim,
            InstanceEnvironment environment, InstanceStatistics statistics) {
        this.scheduler = scheduler;
        this.instance = instance;
        this.claim = claim;
        this.internalErrors = environment.internalErrors();
        this.batch = new Batch(statistics, environment, openSenders, instance::terminate, scheduler);
        boolean lendable = claim == null && !environment.decoupled() && !environment.iterative()
                && instance.runsOnAnyThread();
        this.slot = scheduler.addSlot(batch, claim == null ? () -> 0 : claim::scaledPriority,
                lendable ? this::runLent : null);
    }

    /** What it runs on. */
    ModelInstance instance() {
        return instance;
    }

    /** Takes no more work, and ends when what it took has been run. On any thread. */
    void remove() {
        scheduler.removeSlot(slot);
    }

    /** The instance is gone. On any thread. */
    void gone() {
        gone = true;
        scheduler.loseSlot(slot, whyGone);
    }

    /** Why the instance is gone, if it is. */
    String whyGone() {
        return whyGone;
    }

    /** Whether it has answered a request without an error; on its thread. */
    boolean hasAnswered() {
        return answered;
    }

    /** Waits until all responses have been sent that a decoupled model still owes. */
    void awaitResponses() {
        openSenders.awaitNone();
    }

    /**
     * Runs until there is no more work.
     *
     * @return whether the instance is gone; else the scheduler is closed and empty, or this runner was removed
     */
    boolean run() {
        instance.whenGone(this::gone);
        prepare();
        if (claim == null) {
            runFreely();
        } else {
            runByPriority(claim);
        }
        return gone;
    }

    private void prepare() {
        try {
            instance.prepare();
        } catch (RuntimeException | Error e) { // it runs without
            internalErrors.unexpected(instance.name(), e);
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
    private void runByPriority(RateLimiter.Claim right) {
        while (scheduler.awaitWork(slot) && right.acquire()) {
            boolean executed = runNext();
            while (executed && !gone && scheduler.hasWork(slot) && right.renew(true)) {
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
        run(slot.batch());
        batch.finish(reason);
    }

    /** Runs the one request at the slot, on a thread that has borrowed the instance. */
    private @Nullable Outcome runLent(CloseReason reason) {
        run(slot.batch());
        if (slot.batch().size() == 1) {
            return batch.finishOnly(reason);
        }
        batch.finish(reason); // a queue need not heed how many it is asked for
        return null;
    }

    private void run(List<QueuedRequest> taken) {
        batch.start(taken);
        InferenceException error = execute();
        if (error != null) {
            batch.abortSenders(error);
        }
        if (batch.end() && !gone) {
            instance.forgetTermination();
            error = new InferenceException(ErrorCode.CANCELLED, "the request was cancelled while it ran");
        }
        boolean succeeded = error == null && batch.isAnswered();
        answered |= succeeded;
        scheduler.executed(slot, succeeded, batch.executionNanos());
        if (error != null) {
            batch.failUnanswered(error);
        }
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
        } catch (InstanceGoneException e) {
            whyGone = e.forClients().text();
            gone();
            internalErrors.unexpected(instance.name(), e);
            return e.forClients();
        } catch (Throwable e) {
            internalErrors.unexpected(instance.name(), e);
            return new InferenceException(ErrorCode.INTERNAL, "instance '" + instance.name() + "' failed: " + e, e);
        }
    }
}
