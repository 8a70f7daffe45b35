package io.nereid.backend.worker;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.backend.worker.message.MessageType;
import io.nereid.backend.worker.process.Replies;

import java.util.concurrent.locks.ReentrantLock;

/**
 * Tells a worker to end an execution early. The worker is told of the last request of the execution, and ends none that
 * came after it: so it does not matter which of the two channels is read first. Thread-safe; nothing blocks.
 */
final class Termination {
    private static final long NONE = 0;

    private final Replies worker;
    private final ReentrantLock lock = new ReentrantLock();
    /** The last request of the execution that the worker has or gets next; {@link #NONE} between executions. */
    @GuardedBy("lock")
    private long running = NONE;
    @GuardedBy("lock")
    private boolean requested;

    Termination(Replies worker) {
        this.worker = worker;
    }

    /** The worker gets an execution whose last request has that handle. */
    void begin(long lastHandle) {
        lock.lock();
        try {
            running = lastHandle;
            if (requested) {
                worker.ask(MessageType.TERMINATE, running);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The worker has answered, or is gone. */
    void end() {
        lock.lock();
        try {
            running = NONE;
        } finally {
            lock.unlock();
        }
    }

    /** Nobody wants the answers of the execution under way, or about to begin. */
    void request() {
        lock.lock();
        try {
            requested = true;
            if (running != NONE) {
                worker.ask(MessageType.TERMINATE, running);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The next execution is not meant. */
    void forget() {
        lock.lock();
        try {
            requested = false;
        } finally {
            lock.unlock();
        }
    }
}
