package io.nereid.server.ensemble;

import com.google.errorprone.annotations.concurrent.GuardedBy;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;

/**
 * {@code max_inflight_requests}: how many requests of one step may be under way, of all requests to the ensemble
 * together. What comes on top waits in its order without a thread. Thread-safe; nothing is called under the lock.
 */
final class StepLimit {
    private final long max;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    @GuardedBy("lock")
    private long underWay;
    /** Whether a thread starts what waits: a start that fails at once must not start the next one from within. */
    @GuardedBy("lock")
    private boolean starting;

    /** @param max 0 for no limit */
    StepLimit(long max) {
        this.max = max;
    }

    /** Runs {@code start} now, or when there is room; each that runs is followed by one {@link #ended}. */
    void enter(Runnable start) {
        if (max == 0) {
            start.run();
            return;
        }
        lock.lock();
        try {
            waiting.add(start);
        } finally {
            lock.unlock();
        }
        startWaiting();
    }

    /** Takes back what waits; false if it has been started. */
    boolean withdraw(Runnable start) {
        if (max == 0) {
            return false;
        }
        lock.lock();
        try {
            return waiting.remove(start);
        } finally {
            lock.unlock();
        }
    }

    /** One that was started has ended. */
    void ended() {
        if (max == 0) {
            return;
        }
        lock.lock();
        try {
            underWay--;
        } finally {
            lock.unlock();
        }
        startWaiting();
    }

    private void startWaiting() {
        lock.lock();
        try {
            if (starting) {
                return;
            }
            starting = true;
            while (underWay < max && !waiting.isEmpty()) {
                Runnable next = waiting.poll();
                underWay++;
                lock.unlock();
                try {
                    next.run();
                } finally {
                    lock.lock();
                }
            }
            starting = false;
        } finally {
            lock.unlock();
        }
    }

    /** How many wait. */
    int waiting() {
        lock.lock();
        try {
            return waiting.size();
        } finally {
            lock.unlock();
        }
    }
}
