package io.nereid.scheduler;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.InferenceException;
import io.nereid.inference.NanoClock;
import io.nereid.inference.Outcome;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What a thread does that has queued a request and borrowed an idle instance for it: runs it, and what comes meanwhile
 * as long as {@link InlineRuns} allows, gives the instance back, and hands the answers on. One for all such threads of
 * a scheduler; it shares the scheduler's lock, and is called without it.
 */
final class Borrower {
    private final ReentrantLock lock;
    @GuardedBy("lock")
    private final Dispatcher dispatcher;
    private final InlineRuns runs;
    private final Answers answers;
    private final NanoClock clock;
    private final InternalErrorLog internalErrors;

    /** @param lock the scheduler's */
    Borrower(ReentrantLock lock, Dispatcher dispatcher, InlineRuns runs, Answers answers,
            SchedulerEnvironment environment) {
        this.lock = lock;
        this.dispatcher = dispatcher;
        this.runs = runs;
        this.answers = answers;
        this.clock = environment.clock();
        this.internalErrors = environment.internalErrors();
    }

    /** Runs the request that was taken at the slot, which is on loan to this thread until then. */
    void run(InstanceSlot slot, QueuedRequest request) {
        runs.begin();
        Outcome outcome = execute(slot);
        QueuedRequest next = nextOrGiveBack(slot);
        if (next == null) {
            deliver(request, outcome);
        } else {
            runTogether(slot, request, outcome, next);
        }
        runs.end();
    }

    /**
     * Goes on with those that came meanwhile. Their answers go out when the instance is back: writing one takes longer
     * than running the model, and wakes other threads.
     */
    private void runTogether(InstanceSlot slot, QueuedRequest first, @Nullable Outcome outcome, QueuedRequest second) {
        List<QueuedRequest> requests = new ArrayList<>();
        List<@Nullable Outcome> outcomes = new ArrayList<>();
        requests.add(first);
        outcomes.add(outcome);
        QueuedRequest next = second;
        while (next != null) {
            requests.add(next);
            outcomes.add(execute(slot));
            next = nextOrGiveBack(slot);
        }
        for (int i = 0; i < requests.size(); i++) {
            deliver(requests.get(i), outcomes.get(i));
        }
    }

    private @Nullable Outcome execute(InstanceSlot slot) {
        slot.isMeasured = true;
        slot.processorNanos = runs.processorNanos();
        try {
            return slot.runLent(slot.reason);
        } catch (RuntimeException | Error e) { // the request is not the caller's any more
            internalErrors.unexpected("a request on the thread that queued it", e);
            return InferenceException.ofInternalError(e);
        }
    }

    private void deliver(QueuedRequest request, @Nullable Outcome outcome) {
        if (outcome != null) {
            answers.deliver(request, outcome);
        }
    }

    /** The request that the instance has taken next, to run here; null where it was given back. */
    private @Nullable QueuedRequest nextOrGiveBack(InstanceSlot slot) {
        lock.lock();
        try {
            long now = clock.nanoTime();
            runs.ranHere(slot.executionNanos, slot.workedNanos, now);
            slot.isMeasured = false;
            QueuedRequest next = runs.goesOn(now) ? dispatcher.takeOver(slot, now) : null;
            if (next == null) {
                dispatcher.giveBack(slot, now);
            }
            return next;
        } finally {
            lock.unlock();
        }
    }
}
