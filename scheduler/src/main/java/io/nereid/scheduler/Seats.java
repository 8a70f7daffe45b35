package io.nereid.scheduler;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;

/**
 * Where instance threads wait. A seat is busy, idle, called (it will look for work and then be busy or idle), or the time
 * keeper: the one idle seat that wakes by itself when the next batch has waited long enough. An instance is called only if
 * it will find something, or to keep the time. Used under the scheduler's lock.
 */
final class Seats {
    /** Those that wait and have not been called, the time keeper among them; the last one was busy last. */
    private final ArrayList<Seat> idle = new ArrayList<>();
    /** How many were called and have not come yet. */
    private int onTheirWay;
    private @Nullable Seat timekeeper;
    /** When it wakes. */
    private long timekeeperNanos;

    /** Calls as many as will find something, or one to keep the time if nobody does. */
    void call(RequestQueue queue, long nowNanos) {
        if (idle.isEmpty()) {
            return;
        }
        int runnable = queue.runnable(nowNanos);
        while (onTheirWay < runnable && !idle.isEmpty()) {
            call(next());
        }
        if (onTheirWay == 0 && !isTimeKept(queue, nowNanos)) {
            call(next());
        }
    }

    /** Calls one that is to go, if it waits. */
    void dismiss(Seat seat) {
        seat.isDismissed = true;
        if (idle.contains(seat)) {
            call(seat);
        }
    }

    /** Calls all, so that they see that there will be no more work. */
    void callAll() {
        while (!idle.isEmpty()) {
            call(idle.getLast());
        }
    }

    /** Whether one will wake by itself when the next batch has waited long enough, if there is one. */
    private boolean isTimeKept(RequestQueue queue, long nowNanos) {
        long nanos = queue.nanosUntilReady(nowNanos);
        return nanos == Long.MAX_VALUE || (timekeeper != null && timekeeperNanos - (nowNanos + nanos) <= 0);
    }

    /** The time keeper, whose time has come early; else whose turn it is, and among equals the one that was busy last. */
    private Seat next() {
        if (timekeeper != null && !timekeeper.isCalled) {
            return timekeeper;
        }
        Seat next = idle.getLast();
        for (int i = idle.size() - 2; i >= 0; i--) {
            if (idle.get(i).turn() < next.turn()) {
                next = idle.get(i);
            }
        }
        return next;
    }

    private void call(Seat seat) {
        idle.remove(seat);
        seat.isCalled = true;
        onTheirWay++;
        seat.called.signal();
    }

    /** Waits until called, or, if nobody else keeps the time, until a batch has waited long enough. */
    @SuppressWarnings("WaitNotInLoop") // the callers look again
    void park(Seat seat, RequestQueue queue, long nowNanos) {
        idle.add(seat);
        long nanos = queue.nanosUntilReady(nowNanos);
        if (nanos < Long.MAX_VALUE && timekeeper == null) {
            timekeeper = seat;
            timekeeperNanos = nowNanos + nanos;
            awaitNanos(seat, nanos);
            timekeeper = null;
        } else {
            seat.called.awaitUninterruptibly();
        }
        if (seat.isCalled) {
            seat.isCalled = false;
            onTheirWay--;
        } else {
            idle.remove(seat);
        }
    }

    /** Instance threads are interrupted by nobody but a model that ends its own run early, and then too late. */
    @SuppressWarnings("WaitNotInLoop") // the callers look again
    private static void awaitNanos(Seat seat, long nanos) {
        try {
            long _ = seat.called.awaitNanos(nanos);
        } catch (InterruptedException _) {
            // the callers look again
        }
    }
}
