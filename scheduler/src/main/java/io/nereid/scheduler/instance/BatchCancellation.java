package io.nereid.scheduler.instance;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.scheduler.QueuedRequest;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Ends the execution of a batch that nobody waits for any more: all its requests were cancelled, and none of them has a
 * sender, which is told of its own request alone. Used again for every execution of the batch. Thread-safe.
 */
final class BatchCancellation {
    private final Runnable terminator;
    private final ReentrantLock lock = new ReentrantLock();
    /** The requests under way; null between executions. */
    @GuardedBy("lock")
    private @Nullable List<QueuedRequest> running;
    @GuardedBy("lock")
    private boolean terminated;
    /** Whether a sender was taken. */
    @GuardedBy("lock")
    private boolean detached;

    /**
     * No execution is under way.
     *
     * @param terminator ends the execution under way; called under the lock, on any thread, at most once for each, while
     *        it is under way
     */
    BatchCancellation(Runnable terminator) {
        this.terminator = terminator;
    }

    /** An execution begins; the list stays as it is until {@link #end}. */
    void begin(List<QueuedRequest> requests) {
        lock.lock();
        try {
            running = requests;
            terminateIfUnwanted(requests); // cancelled between the queue and here
        } finally {
            lock.unlock();
        }
    }

    /** A sender was taken: the execution under way goes on to its end. */
    void detach() {
        lock.lock();
        try {
            detached = true;
        } finally {
            lock.unlock();
        }
    }

    /** The request has been cancelled. Without effect where it does not run. */
    void cancel(QueuedRequest request) {
        lock.lock();
        try {
            if (running != null && running.contains(request)) {
                terminateIfUnwanted(running);
            }
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void terminateIfUnwanted(List<QueuedRequest> under) {
        if (detached) {
            return;
        }
        for (int i = 0; i < under.size(); i++) {
            if (!under.get(i).isCancelled()) {
                return;
            }
        }
        if (!terminated) {
            terminated = true;
            terminator.run();
        }
    }

    /** The execution has ended: nothing is terminated any more. Says whether that was done. */
    boolean end() {
        lock.lock();
        try {
            boolean wasTerminated = terminated;
            running = null;
            terminated = false;
            detached = false;
            return wasTerminated;
        } finally {
            lock.unlock();
        }
    }
}
