package io.nereid.scheduler;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.CorrelationId;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.NanoClock;
import io.nereid.inference.Outcome;
import io.nereid.inference.RequestTimes;
import io.nereid.inference.ResponseListener;
import io.nereid.statistics.CloseReason;
import io.nereid.statistics.Rejection;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Runs requests on the instances of one model version, in the batches that a {@link RequestQueue} decides on: the
 * default scheduler and the dynamic batcher by a {@link BatchQueue}. Any thread enqueues; an idle instance thread asks
 * the queue for a {@link Decision} and acts on it itself, so there is no thread in between. While requests wait for
 * others to join them, one idle instance is the timed waiter; while all are busy, the {@link Alarm} ends timeouts.
 *
 * <p>An instance that takes a batch wakes the next one if there is more. Listeners are called without the lock. Where
 * requests may run {@link InlineExecution inline}, whoever queues one when an instance is idle may borrow the instance,
 * run the request and call its listener before {@link #enqueue} returns.
 */
public final class BatchScheduler implements Scheduler, ExecutionResults {
    private final BatchCompatibility compatibility;
    private final RequestQueue.Entries entries;
    private final NanoClock clock;
    /** Whether what runs tells of how long batches run. */
    private final boolean learns;
    private final Answers answers;
    // Null where requests run on instances' threads only.
    private final @Nullable InlineRuns inline;
    private final @Nullable Borrower borrower;
    private final Consumer<QueuedRequest> canceller = this::cancel;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final RequestQueue queue;
    @GuardedBy("lock")
    private final Admission admission;
    @GuardedBy("lock")
    private final DeadlineAlarm alarm;
    @GuardedBy("lock")
    private final Dispatcher dispatcher;

    /**
     * A scheduler over an empty queue, whose requests run on instances' threads.
     *
     * @param queue used by the scheduler only from now on
     * @param compatibility which requests may run together
     * @param preserveOrdering whether listeners receive responses in the order in which requests came
     * @param control learns how long batches run and acts on it; null where there is nothing to act on
     */
    public BatchScheduler(RequestQueue queue, BatchCompatibility compatibility, boolean preserveOrdering,
            @Nullable LoadControl control, SchedulerEnvironment environment) {
        this(queue, compatibility, preserveOrdering, control, environment, null);
    }

    /**
     * A scheduler over an empty queue.
     *
     * @param inline lets callers run their requests themselves; null where they do not
     */
    public BatchScheduler(RequestQueue queue, BatchCompatibility compatibility, boolean preserveOrdering,
            @Nullable LoadControl control, SchedulerEnvironment environment, @Nullable InlineExecution inline) {
        this.queue = queue;
        this.entries = queue.entries();
        this.learns = control != null;
        this.admission = new Admission(queue, control, environment.statistics());
        this.compatibility = compatibility;
        this.clock = environment.clock();
        this.answers = new Answers(environment, preserveOrdering, queue::timeoutError);
        this.inline = inline == null ? null : new InlineRuns(inline);
        this.alarm = new DeadlineAlarm(environment, this::onAlarm);
        this.dispatcher = new Dispatcher(queue, control, this.inline, alarm, environment);
        this.borrower = this.inline == null ? null
                : new Borrower(lock, dispatcher, this.inline, answers, environment);
    }

    // Requests in

    @Override
    public QueuedRequest enqueue(InferenceRequest request, ResponseListener listener) throws InferenceException {
        QueuedRequest queued = entries.create(request, listener, compatibility.key(request), clock.nanoTime(),
                canceller);
        RequestTimes times = request.times();
        if (times != null) {
            times.queued(queued.queuedNanos());
        }
        InferenceException error;
        InstanceSlot borrowed = null;
        lock.lock();
        try {
            error = admission.offer(queued);
            if (error == null) {
                answers.expect(queued);
                borrowed = dispatcher.entered(queued);
            }
        } finally {
            lock.unlock();
        }
        if (error != null) {
            throw error;
        }
        if (borrowed != null) {
            Objects.requireNonNull(borrower).run(borrowed, queued);
        }
        return queued;
    }

    /** {@link QueuedRequest#cancel}. */
    private void cancel(QueuedRequest request) {
        request.markCancelled();
        boolean queued;
        List<QueuedRequest> others;
        lock.lock();
        try {
            queued = request.isQueued;
            if (queued) {
                queue.remove(request);
                dispatcher.left(request);
            }
            others = queue.cancelled(request);
            dispatcher.left(others);
            dispatcher.wake(clock.nanoTime());
        } finally {
            lock.unlock();
        }
        Execution execution = request.execution;
        if (queued) {
            answers.reject(request, Rejection.CANCELLED,
                    new InferenceException(ErrorCode.CANCELLED, "the request was cancelled while it was queued"));
        } else if (execution != null) {
            execution.cancel(request);
        }
        others.forEach(other -> answers.reject(other, Rejection.CANCELLED, new InferenceException(ErrorCode.CANCELLED,
                "the sequence has ended: another request of it was cancelled")));
    }

    @Override
    public boolean hasSequence(CorrelationId id) {
        lock.lock();
        try {
            return queue.hasSequence(id);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int openSequences() {
        lock.lock();
        try {
            return queue.openSequences();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int pending() {
        lock.lock();
        try {
            return queue.size();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public QueueLoad load() {
        lock.lock();
        try {
            return dispatcher.load(clock.nanoTime());
        } finally {
            lock.unlock();
        }
    }

    // Work out

    /**
     * A place for an instance thread.
     *
     * @param execution what will run the requests taken there
     * @param priority of several idle instances the one with the smallest number is woken, and of equals the one that
     *        was busy last; called under the scheduler's lock
     */
    public InstanceSlot addSlot(Execution execution, LongSupplier priority) {
        return addSlot(execution, priority, null);
    }

    /**
     * The same for an instance that may run on other threads than its own.
     *
     * @param lent runs a request on one; null where only the instance's own thread may
     */
    public InstanceSlot addSlot(Execution execution, LongSupplier priority, @Nullable LentExecution lent) {
        lock.lock();
        try {
            return dispatcher.add(execution, priority, lent, lock.newCondition());
        } finally {
            lock.unlock();
        }
    }

    /**
     * The instance is to take no more work but what only it can run: {@link #take} and {@link #awaitWork} return, when
     * there is no such work, at once or when next called.
     */
    public void removeSlot(InstanceSlot slot) {
        lock.lock();
        try {
            dispatcher.remove(slot);
        } finally {
            lock.unlock();
        }
    }

    /**
     * The instance is gone: it takes no more work, and what only it could run is rejected. Without effect from the
     * second time on.
     *
     * @param why the instance is gone, for people
     */
    public void loseSlot(InstanceSlot slot, String why) {
        List<QueuedRequest> lost;
        InferenceException error;
        lock.lock();
        try {
            if (slot.isLost) {
                return;
            }
            lost = dispatcher.lose(slot, why);
            error = queue.lostError(why);
        } finally {
            lock.unlock();
        }
        lost.forEach(request -> answers.reject(request, Rejection.NO_INSTANCE, error));
    }

    /**
     * Waits until there is something to run and moves it into the slot's batch, which must be empty.
     *
     * @return why the batch is as it is; null when there will be no more: the scheduler is closed and its queue empty,
     *         or the slot was removed
     */
    public @Nullable CloseReason take(InstanceSlot slot) {
        while (true) {
            switch (awaitDecision(slot)) {
                case Decision.Run run -> {
                    return run.reason();
                }
                case Decision.Reject reject -> answers.rejectExpired(reject.requests());
                case Decision.WaitUntil _,Decision.Idle _ -> {
                    return null;
                }
            }
        }
    }

    private Decision awaitDecision(InstanceSlot slot) {
        lock.lock();
        try {
            return dispatcher.awaitDecision(slot);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until an instance would find something to run, and leaves it there.
     *
     * @return false when there will be no more: the scheduler is closed and its queue empty, or the slot was removed
     */
    public boolean awaitWork(InstanceSlot slot) {
        lock.lock();
        try {
            return dispatcher.awaitWork(slot);
        } finally {
            lock.unlock();
        }
    }

    /** Whether the instance would find something to run now. */
    public boolean hasWork(InstanceSlot slot) {
        lock.lock();
        try {
            return dispatcher.hasWork(slot, clock.nanoTime());
        } finally {
            lock.unlock();
        }
    }

    /**
     * Moves what should run now into the slot's batch, which must be empty, without waiting.
     *
     * @return why the batch is as it is; null when there is nothing to run, as when another instance was faster
     */
    public @Nullable CloseReason poll(InstanceSlot slot) {
        while (true) {
            switch (decide(slot)) {
                case Decision.Run run -> {
                    return run.reason();
                }
                case Decision.Reject reject -> answers.rejectExpired(reject.requests());
                case Decision.WaitUntil _,Decision.Idle _ -> {
                    return null;
                }
            }
        }
    }

    private Decision decide(InstanceSlot slot) {
        lock.lock();
        try {
            return dispatcher.isDone(slot) ? Decision.IDLE : dispatcher.decide(slot, clock.nanoTime());
        } finally {
            lock.unlock();
        }
    }

    /**
     * The batch taken at the slot has been run; called before the next one is taken.
     *
     * @param completed whether it ran to its end: how long that took says how long the next ones will
     * @param nanos how long the execution took
     */
    public void executed(InstanceSlot slot, boolean completed, long nanos) {
        slot.executionNanos = nanos;
        if (slot.isMeasured && inline != null) {
            slot.workedNanos = inline.worked(nanos, slot.processorNanos);
        }
        if (!learns) {
            return;
        }
        lock.lock();
        try {
            dispatcher.executed(slot, completed);
        } finally {
            lock.unlock();
        }
    }

    /** An execution has ended: the request's listener receives the outcome, in order where the order is kept. */
    @Override
    public void deliver(QueuedRequest request, Outcome outcome) {
        answers.deliver(request, outcome);
    }

    /** {@inheritDoc} One that cannot run again, as when it was cancelled, ends with an error. */
    @Override
    public void release(QueuedRequest request, Release release) {
        Refusal refusal = null;
        lock.lock();
        try {
            long now = clock.nanoTime();
            switch (release) {
                case ALL -> queue.released(request);
                case RESCHEDULE -> refusal = admission.reschedule(request, now);
            }
            dispatcher.released(request, release == Release.RESCHEDULE && refusal == null, now);
        } finally {
            lock.unlock();
        }
        if (refusal != null) {
            answers.reject(request, refusal.reason(), refusal.error());
        }
    }

    @Override
    public void awaitRelease(QueuedRequest request) {
        lock.lock();
        try {
            long now = clock.nanoTime();
            queue.awaitsClient(request, now);
            dispatcher.setAlarm(now);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void flush() {
        lock.lock();
        try {
            queue.flush();
            dispatcher.wake(clock.nanoTime());
        } finally {
            lock.unlock();
        }
    }

    /** {@inheritDoc} Instances end when the queue is empty. */
    @Override
    public void close() {
        lock.lock();
        try {
            admission.close();
            dispatcher.close();
        } finally {
            lock.unlock();
        }
    }

    /**
     * No instance can run anything: rejects all requests until {@link #resume}, those that are queued too.
     *
     * @param error makes the answer to each; called on any thread, also under the scheduler's lock
     * @return rejects those that are queued; for the caller to run without a lock
     */
    public Runnable suspend(Supplier<InferenceException> error) {
        List<QueuedRequest> rejected;
        lock.lock();
        try {
            admission.suspend(error);
            rejected = queue.clear();
            dispatcher.left(rejected);
            alarm.cancel();
        } finally {
            lock.unlock();
        }
        return () -> rejected.forEach(request -> answers.reject(request, Rejection.NO_INSTANCE, error.get()));
    }

    /** An instance can run requests again. */
    public void resume() {
        lock.lock();
        try {
            admission.resume();
        } finally {
            lock.unlock();
        }
    }

    // Deadlines

    /** Rejects what has waited too long; one that was replaced just when it went off sets no further one. */
    private void onAlarm(long askedNanos) {
        List<QueuedRequest> expired;
        lock.lock();
        try {
            long now = clock.nanoTime();
            expired = queue.expire(now);
            dispatcher.left(expired);
            if (alarm.wentOff(askedNanos)) {
                dispatcher.setAlarm(now);
            }
            dispatcher.wake(now);
        } finally {
            lock.unlock();
        }
        answers.rejectExpired(expired);
    }
}
