package io.nereid.server.model.control;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Looks at the repository again and again, on a thread of its own, until it is closed. */
public final class RepositoryPoller implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RepositoryPoller.class);
    /** After what time a change is looked at once more. */
    private static final Duration LONGEST_TO_SETTLE = Duration.ofSeconds(1);

    private final RepositoryChanges changes;
    private final Duration interval;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition closing = lock.newCondition();
    @GuardedBy("lock")
    private boolean closed;

    /** @param interval how much time lies between two looks while nothing changes */
    RepositoryPoller(RepositoryChanges changes, Duration interval) {
        this.changes = changes;
        this.interval = interval;
    }

    /** Begins. */
    public void start() {
        Thread.ofVirtual().name("repository-poll").start(this::run);
    }

    private void run() {
        Duration pause = interval;
        while (!closedWithin(pause)) {
            try {
                pause = changes.follow() && interval.compareTo(LONGEST_TO_SETTLE) > 0 ? LONGEST_TO_SETTLE : interval;
                // an internal error: without this thread no change would be seen any more
            } catch (RuntimeException | Error e) {
                if (!closedWithin(Duration.ZERO)) { // else the models are going away under it
                    LOG.error("looking at the model repository failed", e);
                }
                pause = interval;
            }
        }
    }

    private boolean closedWithin(Duration pause) {
        lock.lock();
        try {
            long left = pause.toNanos();
            while (!closed && left > 0) {
                left = closing.awaitNanos(left);
            }
            return closed;
        } catch (InterruptedException _) {
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Ends before the next look; one that is under way is not waited for. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            closing.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
