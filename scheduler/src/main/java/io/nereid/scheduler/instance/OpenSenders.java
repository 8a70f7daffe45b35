package io.nereid.scheduler.instance;

import com.google.errorprone.annotations.concurrent.GuardedBy;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Counts the senders of an instance that have not ended: it is not closed under them. Thread-safe. */
final class OpenSenders {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition none = lock.newCondition();
    @GuardedBy("lock")
    private int open;

    void opened() {
        lock.lock();
        try {
            open++;
        } finally {
            lock.unlock();
        }
    }

    void ended() {
        lock.lock();
        try {
            open--;
            if (open == 0) {
                none.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits until all have ended, however often the thread is interrupted; the interrupt is kept. */
    void awaitNone() {
        lock.lock();
        try {
            while (open > 0) {
                none.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }
}
