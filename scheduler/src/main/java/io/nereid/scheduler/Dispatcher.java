package io.nereid.scheduler;

import io.nereid.inference.NanoClock;
import io.nereid.statistics.ModelStatistics;
import io.nereid.statistics.ThreadChoice;
import org.jspecify.annotations.Nullable;

import java.util.BitSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.locks.Condition;
import java.util.function.LongSupplier;

/**
 * Gives the requests of one queue to the instances of one model version: which slots there are, which take a batch,
 * which wait, and whom what happened wakes. Used under the scheduler's lock, which the slots' conditions belong to.
 */
final class Dispatcher {
    private final RequestQueue queue;
    /** Learns how long batches run and acts on it; null where there is nothing to act on. */
    private final @Nullable LoadControl control;
    /** Null where requests run on instances' threads only. */
    private final @Nullable InlineRuns inline;
    private final DeadlineAlarm alarm;
    private final NanoClock clock;
    private final ModelStatistics statistics;
    private final InstanceSlots slots = new InstanceSlots();
    /** The numbers of the slots there are. */
    private final BitSet numbers = new BitSet();
    private boolean closed;

    Dispatcher(RequestQueue queue, @Nullable LoadControl control, @Nullable InlineRuns inline, DeadlineAlarm alarm,
            SchedulerEnvironment environment) {
        this.queue = queue;
        this.control = control;
        this.inline = inline;
        this.alarm = alarm;
        this.clock = environment.clock();
        this.statistics = environment.statistics();
    }

    /** No more requests come; instances end when the queue is empty. */
    void close() {
        closed = true;
        queue.close();
        slots.wakeAll();
    }

    /** Wakes instances for what there is to do now. */
    void wake(long nowNanos) {
        slots.wake(queue, nowNanos);
        slots.wakeRemoved(queue);
    }

    /** Sets the alarm for the first deadline of what is queued. */
    void setAlarm(long nowNanos) {
        alarm.set(queue.nanosUntilDeadline(nowNanos), nowNanos);
    }

    QueueLoad load(long nowNanos) {
        return new QueueLoad(queue.size(), queue.oldestWaitNanos(nowNanos),
                control == null ? OptionalLong.empty() : control.waitNanos(queue, nowNanos));
    }

    // Slots

    InstanceSlot add(Execution execution, LongSupplier priority, @Nullable LentExecution lent, Condition wake) {
        if (lent != null && inline != null) {
            inline.offer();
        }
        int number = numbers.nextClearBit(0);
        numbers.set(number);
        queue.added(number);
        if (control != null) {
            control.added(number);
        }
        return new InstanceSlot(number, wake, execution, priority, lent);
    }

    /** The instance is to take no more work but what only it can run. */
    void remove(InstanceSlot slot) {
        queue.retiring(slot.number());
        slots.remove(slot);
        wake(clock.nanoTime());
    }

    /** The instance is gone, for the first time: what only it could run has left the queue, and is the caller's. */
    List<QueuedRequest> lose(InstanceSlot slot, String why) {
        slot.isLost = true;
        List<QueuedRequest> lost = queue.lost(slot.number(), why);
        left(lost);
        slots.remove(slot);
        wake(clock.nanoTime());
        return lost;
    }

    /** Whether the instance has nothing more to do here. */
    boolean isDone(InstanceSlot slot) {
        return slot.isLost || (slot.isRemoved && !queue.holds(slot.number()));
    }

    /** The slot's number is free again; what the instance was woken for is for another one. */
    private void release(InstanceSlot slot) {
        numbers.clear(slot.number());
        queue.removed(slot.number());
        slots.released();
        if (control != null) {
            control.removed(slot.number());
        }
        wake(clock.nanoTime());
    }

    /** Whether an instance that has nothing to run never will have: what it ran may come back. */
    private boolean isOver(InstanceSlot slot) {
        return closed && !queue.holds(slot.number());
    }

    // Work

    /**
     * Waits until the slot has something to do other than to wait; {@link Decision#IDLE} if it never will. On the
     * instance's own thread.
     */
    Decision awaitDecision(InstanceSlot slot) {
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
    }

    /** Notes how long the instance's own thread has run the last batch, if that says how long such requests take. */
    private void measure(InstanceSlot slot) {
        if (slot.isMeasured && inline != null) {
            slot.isMeasured = false;
            inline.ranOnInstance(slot.workedNanos, clock.nanoTime());
        }
    }

    /** Waits until an instance would find something to run; false if it never will. On the instance's own thread. */
    boolean awaitWork(InstanceSlot slot) {
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
    }

    /** What it was woken for may be for another instance only. */
    private void await(InstanceSlot slot, long nowNanos) {
        slots.wakeRunnable(queue, nowNanos);
        slots.await(slot);
    }

    private void awaitUntil(InstanceSlot slot, long nanos, long nowNanos) {
        slots.wakeRunnable(queue, nowNanos);
        slots.awaitUntil(slot, nanos, nowNanos);
    }

    /** Whether the instance would find something to run now. */
    boolean hasWork(InstanceSlot slot, long nowNanos) {
        queue.returned(slot.number(), nowNanos);
        return queue.runnable(nowNanos) > 0 && queue.isFor(slot, nowNanos);
    }

    /** The queue's decision for an instance that runs nothing, with what follows from it for everybody else. */
    Decision decide(InstanceSlot slot, long nowNanos) {
        return decide(slot, control == null ? Integer.MAX_VALUE : control.maxRows(queue), nowNanos);
    }

    private Decision decide(InstanceSlot slot, int maxRows, long nowNanos) {
        slot.maxRows = maxRows;
        Decision decision = queue.decide(nowNanos, slot);
        switch (decision) {
            case Decision.Run run -> {
                slot.reason = run.reason();
                taken(slot, nowNanos);
            }
            case Decision.Reject reject -> left(reject.requests());
            case Decision.WaitUntil _,Decision.Idle _ -> {
                if (closed) {
                    alarm.cancel();
                }
            }
        }
        return decision;
    }

    private void taken(InstanceSlot slot, long nowNanos) {
        List<QueuedRequest> batch = slot.batch();
        for (int i = 0; i < batch.size(); i++) {
            left(batch.get(i));
            batch.get(i).execution = slot.execution();
        }
        if (inline != null && !slot.isLent) {
            beginMeasure(slot, inline);
        }
        if (control != null) {
            control.started(slot.number(), batch, nowNanos);
        }
        wake(nowNanos);
    }

    /** The instance's own thread is about to run its batch: how long it takes may say how long such requests take. */
    private static void beginMeasure(InstanceSlot slot, InlineRuns runs) {
        List<QueuedRequest> batch = slot.batch();
        slot.isMeasured = slot.isLendable() && batch.size() == 1 && runs.learnsFrom(batch.getFirst().request());
        if (slot.isMeasured) {
            slot.processorNanos = runs.processorNanos();
        }
    }

    /** Requests have left the queue. */
    void left(List<QueuedRequest> requests) {
        for (int i = 0; i < requests.size(); i++) {
            left(requests.get(i));
        }
    }

    /**
     * A new request is queued, and on which thread it is to run is decided.
     *
     * @return an idle instance that has taken it, on loan to this thread; null where an instance's own thread is to run it
     */
    @Nullable
    InstanceSlot entered(QueuedRequest request) {
        isQueued(request);
        InstanceSlot lent = lend(request);
        if (lent == null) {
            wake(request.queuedNanos());
            setAlarm(request.queuedNanos());
        }
        return lent;
    }

    /** An execution of a request of an iterative sequence is over, and the request is queued again if it runs again. */
    void released(QueuedRequest request, boolean runsAgain, long nowNanos) {
        if (runsAgain) {
            isQueued(request);
        }
        wake(nowNanos);
        setAlarm(nowNanos);
        if (closed) {
            slots.wakeAll();
        }
    }

    private void isQueued(QueuedRequest request) {
        request.isQueued = true;
        if (inline != null) {
            inline.entered(request);
        }
    }

    /** A request has left the queue. */
    void left(QueuedRequest request) {
        request.isQueued = false;
        if (inline != null) {
            inline.left(request);
        }
    }

    /** The batch taken at the slot has been run, to its end or not. */
    void executed(InstanceSlot slot, boolean completed) {
        if (control == null) {
            return;
        }
        if (completed) {
            control.finished(slot.number(), slot.batch(), queue, clock.nanoTime());
        } else {
            control.abandoned(slot.number());
        }
    }

    // Loans

    /** An idle instance that has taken the request that was just queued; null where its own thread is to take it. */
    private @Nullable InstanceSlot lend(QueuedRequest queued) {
        long now = queued.queuedNanos();
        ThreadChoice choice = inline == null ? ThreadChoice.NOT_OFFERED : inline.choose(queued, now);
        InstanceSlot slot = null;
        if (choice == ThreadChoice.CALLER) {
            slot = queue.size() == 1 && queue.runnable(now) > 0 ? slots.lend() : null;
            choice = slot == null ? ThreadChoice.QUEUED : choice;
        }
        queued.thread = choice;
        statistics.recordThread(choice);
        if (slot != null && !(decide(slot, now) instanceof Decision.Run)) {
            throw new IllegalStateException("a queue has nothing to run that has said so"); // it is alone, and in time
        }
        return slot;
    }

    /**
     * An instance on loan takes the next request, for which its own thread would have to be woken otherwise. Null where
     * it is not to: where requests wait for others, or have waited too long, that is for its own thread.
     */
    @Nullable
    QueuedRequest takeOver(InstanceSlot slot, long nowNanos) {
        int runnable = queue.size() == 0 || slot.isRemoved ? 0 : queue.runnable(nowNanos);
        boolean alone = runnable > slots.woken() && runnable == queue.size();
        if (!alone || queue.nanosUntilDeadline(nowNanos) == 0 || !queue.isFor(slot, nowNanos)) {
            return null;
        }
        if (!(decide(slot, 1, nowNanos) instanceof Decision.Run)) {
            return null;
        }
        QueuedRequest next = slot.batch().getFirst();
        statistics.recordThreadChange(next.thread, ThreadChoice.ANOTHER_CALLER);
        return next;
    }

    /** An instance on loan is idle again: what there is to do now is for its own thread. */
    void giveBack(InstanceSlot slot, long nowNanos) {
        slots.giveBack(slot);
        wake(nowNanos);
        if (closed || slot.isRemoved || slot.isLost) {
            slots.wakeIfIdle(slot);
        }
    }
}
