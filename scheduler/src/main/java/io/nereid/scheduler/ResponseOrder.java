package io.nereid.scheduler;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.Outcome;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;

/**
 * Sends outcomes to listeners in the order in which their requests came, whichever instance is done first
 * ({@code preserve_ordering}). Thread-safe; listeners are called without the lock, one after the other.
 */
final class ResponseOrder {
    private final BiConsumer<QueuedRequest, Outcome> sender;
    private final ReentrantLock lock = new ReentrantLock();
    /** The oldest request that has not been passed, and the youngest. */
    @GuardedBy("lock")
    private @Nullable QueuedRequest oldest;
    @GuardedBy("lock")
    private @Nullable QueuedRequest youngest;
    /** Whether a thread is sending; it goes on with what becomes due meanwhile. */
    @GuardedBy("lock")
    private boolean sending;

    /** @param sender sends one outcome; does not throw */
    ResponseOrder(BiConsumer<QueuedRequest, Outcome> sender) {
        this.sender = sender;
    }

    /** A request has come; called in the order that is to be kept. */
    void expect(QueuedRequest request) {
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

    /**
     * An expected request has ended: its listener receives the outcome when all before it have ended.
     *
     * @param outcome null if the listener has received it already, as of an error before the request ran
     */
    void settle(QueuedRequest request, @Nullable Outcome outcome) {
        lock.lock();
        try {
            request.outcome = outcome;
            request.settled = true;
            if (sending) {
                return;
            }
            sending = true;
        } finally {
            lock.unlock();
        }
        for (QueuedRequest due = nextDue(); due != null; due = nextDue()) {
            Outcome known = due.outcome;
            if (known != null) {
                due.outcome = null;
                sender.accept(due, known);
            }
        }
    }

    /** Passes the oldest request if it has ended; if not, no thread is sending any more. */
    private @Nullable QueuedRequest nextDue() {
        lock.lock();
        try {
            QueuedRequest due = oldest;
            if (due == null || !due.settled) {
                sending = false;
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
