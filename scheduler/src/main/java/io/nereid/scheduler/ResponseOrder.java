package io.nereid.scheduler;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;

/**
 * Tells listeners the outcomes in the order in which their requests came, whichever instance is done first
 * ({@code preserve_ordering}). A request that fails before it runs is told at once and holds nobody up. Thread-safe; listeners
 * are called without the lock, one after the other.
 */
final class ResponseOrder implements Delivery {
    private final ReentrantLock lock = new ReentrantLock();
    /** The oldest request that has not been passed, and the youngest. */
    @GuardedBy("lock")
    private @Nullable QueuedRequest oldest;
    @GuardedBy("lock")
    private @Nullable QueuedRequest youngest;
    /** Whether a thread is telling; it goes on with what becomes due meanwhile. */
    @GuardedBy("lock")
    private boolean telling;

    @Override
    public void expect(QueuedRequest request) {
        lock.lock();
        try {
            if (youngest == null) {
                oldest = request;
            } else {
                youngest.follower = request;
            }
            youngest = request;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void deliver(QueuedRequest request, Outcome outcome, BiConsumer<QueuedRequest, Outcome> teller) {
        settle(request, outcome, teller);
    }

    @Override
    public void deliverEarly(QueuedRequest request, Outcome outcome, BiConsumer<QueuedRequest, Outcome> teller) {
        teller.accept(request, outcome);
        settle(request, null, teller);
    }

    private void settle(QueuedRequest request, @Nullable Outcome outcome,
            BiConsumer<QueuedRequest, Outcome> teller) {
        lock.lock();
        try {
            request.outcome = outcome;
            request.settled = true;
            if (telling) {
                return;
            }
            telling = true;
        } finally {
            lock.unlock();
        }
        for (QueuedRequest due = nextDue(); due != null; due = nextDue()) {
            Outcome told = due.outcome;
            if (told != null) {
                due.outcome = null;
                teller.accept(due, told);
            }
        }
    }

    /** Passes the oldest request if it is settled; else nobody is telling any more. */
    private @Nullable QueuedRequest nextDue() {
        lock.lock();
        try {
            QueuedRequest due = oldest;
            if (due == null || !due.settled) {
                telling = false;
                return null;
            }
            oldest = due.follower;
            if (oldest == null) {
                youngest = null;
            }
            due.follower = null;
            return due;
        } finally {
            lock.unlock();
        }
    }
}
