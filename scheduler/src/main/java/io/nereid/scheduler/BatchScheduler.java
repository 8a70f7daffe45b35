package io.nereid.scheduler;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceRequest;
import io.nereid.inference.NanoClock;
import io.nereid.inference.Outcome;
import io.nereid.inference.RequestTimes;
import io.nereid.inference.ResponseListener;
import io.nereid.statistics.CloseReason;
import io.nereid.statistics.FailureReason;
import io.nereid.statistics.ModelStatistics;
import io.nereid.statistics.Rejection;
import io.nereid.statistics.ThreadChoice;
import org.jspecify.annotations.Nullable;

import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
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
    /** Depends on the kind of the queue only: not guarded. */
    private final Supplier<InferenceException> timeoutErrors;
    private final NanoClock clock;
    private final Alarm alarm;
    private final ModelStatistics statistics;
    private final InternalErrorLog internalErrors;
    private final @Nullable ResponseOrder order;
    /** Used under the lock. */
    private final @Nullable LoadControl control;
    /** Null where requests run on instances' threads only. */
    private final @Nullable InlineRuns inline;
    private final Consumer<QueuedRequest> canceller = this::cancel;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final RequestQueue queue;
    private final InstanceSlots slots = new InstanceSlots();
    /** The numbers of the slots there are. */
    @GuardedBy("lock")
    private final BitSet numbers = new BitSet();
    /** When the alarm goes off; meaningless while it is not set. */
    @GuardedBy("lock")
    private long alarmNanos;
    @GuardedBy("lock")
    private Alarm.@Nullable Setting alarmSetting;
    @GuardedBy("lock")
    private boolean closed;
    /** Why nothing can be run at the moment; null where instances work. */
    @GuardedBy("lock")
    private @Nullable Supplier<InferenceException> suspension;

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
        this.timeoutErrors = queue::timeoutError;
        this.entries = queue.entries();
        this.control = control;
        this.compatibility = compatibility;
        this.clock = environment.clock();
        this.alarm = environment.alarm();
        this.statistics = environment.statistics();
        this.internalErrors = environment.internalErrors();
        this.order = preserveOrdering ? new ResponseOrder(this::send) : null;
        this.inline = inline == null ? null : new InlineRuns(inline);
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
            error = offer(queued);
            if (error == null) {
                borrowed = borrow(queued);
            }
            if (error == null && borrowed == null) {
                wake(queued.queuedNanos());
                setAlarm(queued.queuedNanos());
            }
        } finally {
            lock.unlock();
        }
        if (error != null) {
            throw error;
        }
        if (borrowed != null) {
            runHere(borrowed, queued, Objects.requireNonNull(inline));
        }
        return queued;
    }

    /** Queues the request, or returns why it is rejected. */
    @GuardedBy("lock")
    private @Nullable InferenceException offer(QueuedRequest queued) {
        if (closed) {
            return new InferenceException(ErrorCode.UNAVAILABLE,
                    "Server is stopping, scheduler for model has stopped accepting new inference requests");
        }
        if (suspension != null) {
            statistics.recordRejection(Rejection.NO_INSTANCE);
            return suspension.get();
        }
        Refusal refusal = queue.refusal(queued);
        if (refusal != null) {
            statistics.recordRejection(refusal.reason());
            return refusal.error();
        }
        InferenceException tooLate = control == null ? null
                : control.errorOf(queue, queued.request(), queued.queuedNanos());
        if (tooLate != null) {
            statistics.recordRejection(Rejection.TIMEOUT);
            return tooLate;
        }
        if (!queue.offer(queued)) {
            statistics.recordRejection(Rejection.QUEUE_FULL);
            return new InferenceException(ErrorCode.UNAVAILABLE, "Exceeds maximum queue size").withRetryAfter(1);
        }
        queued.isQueued = true;
        if (order != null) {
            order.expect(queued);
        }
        return null;
    }

    // On the thread that queues

    /** An idle instance that has taken the request that was just queued; null where its own thread is to take it. */
    @GuardedBy("lock")
    private @Nullable InstanceSlot borrow(QueuedRequest queued) {
        long now = queued.queuedNanos();
        ThreadChoice choice = inline == null ? ThreadChoice.NOT_OFFERED : inline.choose(queued.request(), now);
        InstanceSlot slot = null;
        if (choice == ThreadChoice.CALLER) {
            slot = queue.size() == 1 && queue.runnable(now) > 0 ? slots.lend() : null;
            choice = slot == null ? ThreadChoice.QUEUED : choice;
        }
        statistics.recordThread(choice);
        if (slot != null && !(decide(slot, now) instanceof Decision.Run)) {
            throw new IllegalStateException("a queue has nothing to run that has said so"); // it is alone, and in time
        }
        return slot;
    }

    private void runHere(InstanceSlot slot, QueuedRequest request, InlineRuns runs) {
        slot.isMeasured = true;
        slot.processorNanos = runs.processorNanos();
        runs.begin();
        Outcome outcome;
        try {
            outcome = slot.runLent(slot.reason);
        } catch (RuntimeException | Error e) { // the request is not the caller's any more
            internalErrors.unexpected("a request on the thread that queued it", e);
            outcome = InferenceException.ofInternalError(e);
        }
        giveBack(slot, runs);
        if (outcome != null) {
            deliver(request, outcome);
        }
        runs.end();
    }

    /** What came meanwhile is for the instance's own thread. */
    private void giveBack(InstanceSlot slot, InlineRuns runs) {
        lock.lock();
        try {
            long now = clock.nanoTime();
            runs.ranHere(slot.executionNanos, slot.workedNanos, now);
            slot.isMeasured = false;
            slots.giveBack(slot);
            wake(now);
            if (closed || slot.isRemoved || slot.isLost) {
                slots.wakeIfIdle(slot);
            }
        } finally {
            lock.unlock();
        }
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
                request.isQueued = false;
                queue.remove(request);
            }
            others = queue.cancelled(request);
            leftQueue(others);
            wake(clock.nanoTime());
        } finally {
            lock.unlock();
        }
        Execution execution = request.execution;
        if (queued) {
            reject(request, Rejection.CANCELLED,
                    new InferenceException(ErrorCode.CANCELLED, "the request was cancelled while it was queued"));
        } else if (execution != null) {
            execution.cancel(request);
        }
        others.forEach(other -> reject(other, Rejection.CANCELLED, new InferenceException(ErrorCode.CANCELLED,
                "the sequence has ended: another request of it was cancelled")));
    }

    /** Wakes instances for what there is to do now. */
    @GuardedBy("lock")
    private void wake(long nowNanos) {
        slots.wake(queue, nowNanos);
        slots.wakeRemoved(queue);
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
            long now = clock.nanoTime();
            return new QueueLoad(queue.size(), queue.oldestWaitNanos(now),
                    control == null ? OptionalLong.empty() : control.waitNanos(queue, now));
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
            if (lent != null && inline != null) {
                inline.offer();
            }
            int number = numbers.nextClearBit(0);
            numbers.set(number);
            queue.added(number);
            if (control != null) {
                control.added(number);
            }
            return new InstanceSlot(number, lock.newCondition(), execution, priority, lent);
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
            queue.retiring(slot.number());
            slots.remove(slot);
            wake(clock.nanoTime());
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
            slot.isLost = true;
            lost = queue.lost(slot.number(), why);
            error = queue.lostError(why);
            leftQueue(lost);
            slots.remove(slot);
            wake(clock.nanoTime());
        } finally {
            lock.unlock();
        }
        lost.forEach(request -> reject(request, Rejection.NO_INSTANCE, error));
    }

    /** Whether the instance has nothing more to do here. */
    @GuardedBy("lock")
    private boolean isDone(InstanceSlot slot) {
        return slot.isLost || (slot.isRemoved && !queue.holds(slot.number()));
    }

    /** The slot's number is free again; what the instance was woken for is for another one. */
    @GuardedBy("lock")
    private void release(InstanceSlot slot) {
        numbers.clear(slot.number());
        queue.removed(slot.number());
        slots.released();
        if (control != null) {
            control.removed(slot.number());
        }
        wake(clock.nanoTime());
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
                case Decision.Reject reject -> rejectExpired(reject.requests());
                case Decision.WaitUntil _,Decision.Idle _ -> {
                    return null;
                }
            }
        }
    }

    /** Waits until the slot has something to do other than to wait; {@link Decision#IDLE} if it never will. */
    private Decision awaitDecision(InstanceSlot slot) {
        lock.lock();
        try {
            measure(slot);
            while (!isDone(slot)) {
                long now = clock.nanoTime();
                switch (decide(slot, now)) {
                    case Decision.Run run -> {
                        return run;
                    }
                    case Decision.Reject reject -> {
                        return reject;
                    }
                    case Decision.WaitUntil until -> awaitUntil(slot, until.nanos(), now);
                    case Decision.Idle idle -> {
                        if (isOver(slot)) {
                            queue.removed(slot.number());
                            return idle;
                        }
                        await(slot, now);
                    }
                }
            }
            release(slot);
            return Decision.IDLE;
        } finally {
            lock.unlock();
        }
    }

    /** Notes how long its thread has run the last batch, if that says how long such requests take. */
    @GuardedBy("lock")
    private void measure(InstanceSlot slot) {
        if (slot.isMeasured && inline != null) {
            slot.isMeasured = false;
            inline.ranOnInstance(slot.workedNanos, clock.nanoTime());
        }
    }

    /** Whether an instance that has nothing to run never will have: what it ran may come back. */
    @GuardedBy("lock")
    private boolean isOver(InstanceSlot slot) {
        return closed && !queue.holds(slot.number());
    }

    /** What it was woken for may be for another instance only. */
    @GuardedBy("lock")
    private void await(InstanceSlot slot, long nowNanos) {
        slots.wakeRunnable(queue, nowNanos);
        slots.await(slot);
    }

    @GuardedBy("lock")
    private void awaitUntil(InstanceSlot slot, long nanos, long nowNanos) {
        slots.wakeRunnable(queue, nowNanos);
        slots.awaitUntil(slot, nanos, nowNanos);
    }

    /**
     * Waits until an instance would find something to run, and leaves it there.
     *
     * @return false when there will be no more: the scheduler is closed and its queue empty, or the slot was removed
     */
    public boolean awaitWork(InstanceSlot slot) {
        lock.lock();
        try {
            while (!isDone(slot)) {
                long now = clock.nanoTime();
                if (hasWork(slot, now)) {
                    slots.wake(queue, now); // this one may have to wait for its resources, where another would not
                    return true;
                }
                if (isOver(slot)) {
                    queue.removed(slot.number());
                    return false;
                }
                long nanos = queue.nanosUntilReady(now);
                if (nanos < Long.MAX_VALUE) {
                    awaitUntil(slot, now + nanos, now);
                } else {
                    await(slot, now);
                }
            }
            release(slot);
            return false;
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private boolean hasWork(InstanceSlot slot, long nowNanos) {
        queue.returned(slot.number(), nowNanos);
        return queue.runnable(nowNanos) > 0 && queue.isFor(slot, nowNanos);
    }

    /** Whether the instance would find something to run now. */
    public boolean hasWork(InstanceSlot slot) {
        lock.lock();
        try {
            return hasWork(slot, clock.nanoTime());
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
                case Decision.Reject reject -> rejectExpired(reject.requests());
                case Decision.WaitUntil _,Decision.Idle _ -> {
                    return null;
                }
            }
        }
    }

    private Decision decide(InstanceSlot slot) {
        lock.lock();
        try {
            return isDone(slot) ? Decision.IDLE : decide(slot, clock.nanoTime());
        } finally {
            lock.unlock();
        }
    }

    /** The queue's decision, with what follows from it for everybody else. */
    @GuardedBy("lock")
    private Decision decide(InstanceSlot slot, long nowNanos) {
        slot.maxRows = control == null ? Integer.MAX_VALUE : control.maxRows(queue);
        Decision decision = queue.decide(nowNanos, slot);
        switch (decision) {
            case Decision.Run run -> {
                slot.reason = run.reason();
                taken(slot, nowNanos);
            }
            case Decision.Reject reject -> leftQueue(reject.requests());
            case Decision.WaitUntil _,Decision.Idle _ -> {
                if (closed) {
                    cancelAlarm();
                }
            }
        }
        return decision;
    }

    @GuardedBy("lock")
    private void taken(InstanceSlot slot, long nowNanos) {
        List<QueuedRequest> batch = slot.batch();
        for (int i = 0; i < batch.size(); i++) {
            batch.get(i).isQueued = false;
            batch.get(i).execution = slot.execution();
        }
        beginMeasure(slot, inline);
        if (control != null) {
            control.started(slot.number(), batch, nowNanos);
        }
        wake(nowNanos);
    }

    /** The instance's own thread is about to run its batch: how long it takes may say how long such requests take. */
    private static void beginMeasure(InstanceSlot slot, @Nullable InlineRuns runs) {
        List<QueuedRequest> batch = slot.batch();
        slot.isMeasured = runs != null && slot.isLendable() && !slot.isLent && batch.size() == 1
                && runs.learnsFrom(batch.getFirst().request());
        if (runs != null && slot.isMeasured) {
            slot.processorNanos = runs.processorNanos();
        }
    }

    @GuardedBy("lock")
    private void leftQueue(List<QueuedRequest> requests) {
        for (int i = 0; i < requests.size(); i++) {
            requests.get(i).isQueued = false;
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
        if (control == null) {
            return;
        }
        lock.lock();
        try {
            if (completed) {
                control.finished(slot.number(), slot.batch(), queue, clock.nanoTime());
            } else {
                control.abandoned(slot.number());
            }
        } finally {
            lock.unlock();
        }
    }

    /** An execution has ended: the request's listener receives the outcome, in order where the order is kept. */
    @Override
    public void deliver(QueuedRequest request, Outcome outcome) {
        if (order == null) {
            send(request, outcome);
        } else {
            order.settle(request, outcome);
        }
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
                case RESCHEDULE -> refusal = reschedule(request, now);
            }
            wake(now);
            setAlarm(now);
            if (closed) {
                slots.wakeAll();
            }
        } finally {
            lock.unlock();
        }
        if (refusal != null) {
            reject(request, refusal.reason(), refusal.error());
        }
    }

    @Override
    public void awaitRelease(QueuedRequest request) {
        lock.lock();
        try {
            long now = clock.nanoTime();
            queue.awaitsClient(request, now);
            setAlarm(now);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private @Nullable Refusal reschedule(QueuedRequest request, long nowNanos) {
        Refusal refusal = null;
        if (request.isCancelled()) {
            refusal = new Refusal(Rejection.CANCELLED, new InferenceException(ErrorCode.CANCELLED,
                    "the request was cancelled between two of its executions"));
        } else if (suspension != null) {
            refusal = new Refusal(Rejection.NO_INSTANCE, suspension.get());
        } else {
            refusal = queue.reschedule(request, nowNanos);
        }
        if (refusal == null) {
            request.isQueued = true;
        } else {
            queue.released(request);
        }
        return refusal;
    }

    @Override
    public void flush() {
        lock.lock();
        try {
            queue.flush();
            wake(clock.nanoTime());
        } finally {
            lock.unlock();
        }
    }

    /** {@inheritDoc} Instances end when the queue is empty. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            queue.close();
            slots.wakeAll();
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
            suspension = error;
            rejected = queue.clear();
            leftQueue(rejected);
            cancelAlarm();
        } finally {
            lock.unlock();
        }
        return () -> rejected.forEach(request -> reject(request, Rejection.NO_INSTANCE, error.get()));
    }

    /** An instance can run requests again. */
    public void resume() {
        lock.lock();
        try {
            suspension = null;
        } finally {
            lock.unlock();
        }
    }

    // Deadlines

    @GuardedBy("lock")
    private void setAlarm(long nowNanos) {
        long delay = queue.nanosUntilDeadline(nowNanos);
        if (delay == Long.MAX_VALUE || (alarmSetting != null && alarmNanos - (nowNanos + delay) <= 0)) {
            return;
        }
        cancelAlarm();
        alarmNanos = nowNanos + delay;
        long asked = alarmNanos;
        try {
            alarmSetting = alarm.in(delay, () -> onAlarm(asked));
        } catch (Throwable e) { // the request is queued: it is not the caller's any more
            internalErrors.unexpected("the alarm for deadlines", e);
        }
    }

    @GuardedBy("lock")
    private void cancelAlarm() {
        if (alarmSetting != null) {
            alarmSetting.cancel();
            alarmSetting = null;
        }
    }

    /** Rejects what has waited too long; one that was replaced just when it went off sets no further one. */
    private void onAlarm(long askedNanos) {
        List<QueuedRequest> expired;
        lock.lock();
        try {
            long now = clock.nanoTime();
            expired = queue.expire(now);
            leftQueue(expired);
            if (alarmNanos == askedNanos) {
                alarmSetting = null;
                setAlarm(now);
            }
            wake(now);
        } finally {
            lock.unlock();
        }
        rejectExpired(expired);
    }

    private void rejectExpired(List<QueuedRequest> expired) {
        for (int i = 0; i < expired.size(); i++) {
            reject(expired.get(i), Rejection.TIMEOUT, timeoutErrors.get());
        }
    }

    /** Ends a request that has left the queue without running; it does not wait for those before it. */
    private void reject(QueuedRequest request, Rejection reason, InferenceException error) {
        try {
            request.request().memory().release();
        } catch (Throwable e) {
            internalErrors.unexpected("the memory of a request", e);
        }
        statistics.recordFailure(failureReason(reason), clock.nanoTime() - request.arrivedNanos());
        statistics.recordRejection(reason);
        send(request, error);
        if (order != null) {
            order.settle(request, null);
        }
    }

    private static FailureReason failureReason(Rejection reason) {
        return switch (reason) {
            case CANCELLED -> FailureReason.CANCELED;
            case NO_INSTANCE -> FailureReason.BACKEND;
            default -> FailureReason.REJECTED;
        };
    }

    private void send(QueuedRequest request, Outcome outcome) {
        try {
            outcome.sendTo(request.listener());
        } catch (Throwable e) { // it must harm no other request
            internalErrors.unexpected("a listener of responses", e);
        }
    }
}
