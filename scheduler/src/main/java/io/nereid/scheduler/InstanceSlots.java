package io.nereid.scheduler;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;

/**
 * Where instance threads wait. An instance is busy, idle, on loan (a caller's thread runs it while its own waits), woken
 * (it will look for work and then be busy or idle), or the timed waiter: the one idle instance that wakes by itself when
 * the next batch has waited long enough. An instance is woken only if it will find something to run, or to become the
 * timed waiter. Used under the scheduler's lock.
 */
final class InstanceSlots {
    /** Those that wait and have not been woken, the timed waiter among them; the last one was busy last. */
    private final ArrayList<InstanceSlot> idle = new ArrayList<>();
    /** How many were woken and have not looked yet. */
    private int woken;
    /** How many were removed and have not left yet. */
    private int removed;
    private @Nullable InstanceSlot timedWaiter;
    /** When it wakes. */
    private long timedWaiterNanos;

    /** Wakes as many as have something to run, or one to become the timed waiter if none has. */
    void wake(RequestQueue queue, long nowNanos) {
        if (idle.isEmpty()) {
            return;
        }
        wakeRunnable(queue, nowNanos);
        if (woken == 0 && !hasTimedWaiter(queue, nowNanos)) {
            wakeNext(queue, nowNanos);
        }
    }

    /** Wakes as many as have something to run. */
    void wakeRunnable(RequestQueue queue, long nowNanos) {
        int runnable = idle.isEmpty() ? 0 : queue.runnable(nowNanos);
        boolean found = true;
        while (woken < runnable && found) {
            found = wakeNext(queue, nowNanos);
        }
    }

    /** Wakes one that is to take no more work, if it waits. */
    void remove(InstanceSlot slot) {
        removed += slot.isRemoved ? 0 : 1;
        slot.isRemoved = true;
        wakeIfIdle(slot);
    }

    /** One that was removed has left. */
    void released() {
        removed--;
    }

    /** Wakes those that were removed and hold nothing any more. */
    void wakeRemoved(RequestQueue queue) {
        for (int i = idle.size() - 1; removed > 0 && i >= 0; i--) {
            InstanceSlot slot = idle.get(i);
            if (slot.isRemoved && !queue.holds(slot.number())) {
                wake(slot);
            }
        }
    }

    /** Wakes all, so that they see that there will be no more work. */
    void wakeAll() {
        while (!idle.isEmpty()) {
            wake(idle.getLast());
        }
    }

    /** The one that was busy last of the idle instances that may run on other threads; null if there is none. */
    @SuppressWarnings("ReferenceEquality") // the very slot
    @Nullable
    InstanceSlot lend() {
        for (int i = idle.size() - 1; i >= 0; i--) {
            InstanceSlot slot = idle.get(i);
            if (slot.isLendable() && !slot.isRemoved && !slot.isLost && slot != timedWaiter) {
                idle.remove(i);
                slot.isLent = true;
                return slot;
            }
        }
        return null;
    }

    /** How many were woken and have not looked yet. */
    int woken() {
        return woken;
    }

    /** It is idle again. */
    void giveBack(InstanceSlot slot) {
        slot.isLent = false;
        idle.add(slot);
    }

    /** Wakes it, unless it was woken or works. */
    void wakeIfIdle(InstanceSlot slot) {
        if (idle.contains(slot)) {
            wake(slot);
        }
    }

    /** Whether one will wake by itself when the next batch has waited long enough, if there is one. */
    private boolean hasTimedWaiter(RequestQueue queue, long nowNanos) {
        long nanos = queue.nanosUntilReady(nowNanos);
        return nanos == Long.MAX_VALUE || (timedWaiter != null && timedWaiterNanos - (nowNanos + nanos) <= 0);
    }

    private boolean wakeNext(RequestQueue queue, long nowNanos) {
        InstanceSlot next = next(queue, nowNanos);
        if (next != null) {
            wake(next);
        }
        return next != null;
    }

    /**
     * Of those that may run what the queue has: the timed waiter, else the one of the smallest priority number, and
     * among equals the one that was busy last.
     */
    private @Nullable InstanceSlot next(RequestQueue queue, long nowNanos) {
        if (timedWaiter != null && !timedWaiter.isWoken && queue.isFor(timedWaiter, nowNanos)) {
            return timedWaiter;
        }
        InstanceSlot next = null;
        for (int i = idle.size() - 1; i >= 0; i--) {
            InstanceSlot slot = idle.get(i);
            if (queue.isFor(slot, nowNanos) && (next == null || slot.priority() < next.priority())) {
                next = slot;
            }
        }
        return next;
    }

    private void wake(InstanceSlot slot) {
        idle.remove(slot);
        slot.isWoken = true;
        woken++;
        slot.wake.signal();
    }

    /** Waits until woken. */
    void await(InstanceSlot slot) {
        idle.add(slot);
        awaitSignal(slot);
        leave(slot);
    }

    @SuppressWarnings("WaitNotInLoop") // the callers look again
    private static void awaitSignal(InstanceSlot slot) {
        do {
            slot.wake.awaitUninterruptibly();
        } while (slot.isLent);
    }

    /** Waits until woken or, if no timed waiter wakes as early, until that moment. */
    @SuppressWarnings("ReferenceEquality") // the very slot
    void awaitUntil(InstanceSlot slot, long nanos, long nowNanos) {
        if (timedWaiter != null && timedWaiterNanos - nanos <= 0) {
            await(slot);
            return;
        }
        idle.add(slot);
        timedWaiter = slot;
        timedWaiterNanos = nanos;
        awaitNanos(slot, nanos - nowNanos);
        if (slot.isLent) { // another one has become the timed waiter in between
            awaitSignal(slot);
        }
        if (timedWaiter == slot) {
            timedWaiter = null;
        }
        leave(slot);
    }

    private void leave(InstanceSlot slot) {
        if (slot.isWoken) {
            slot.isWoken = false;
            woken--;
        } else {
            idle.remove(slot);
        }
    }

    /** Instance threads are interrupted by nobody but a model that ends its own run early, and then too late. */
    @SuppressWarnings("WaitNotInLoop") // the callers look again
    private static void awaitNanos(InstanceSlot slot, long nanos) {
        try {
            long _ = slot.wake.awaitNanos(nanos);
        } catch (InterruptedException _) {
            // the callers look again
        }
    }
}
