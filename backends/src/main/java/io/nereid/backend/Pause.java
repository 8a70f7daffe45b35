package io.nereid.backend;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;

/** Sleeps of one thread that any other may end for good. */
public final class Pause {
    private final Sleeper sleeper;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private @Nullable Thread sleeping;
    @GuardedBy("lock")
    private boolean ended;

    /** A pause that lets time pass by {@code sleeper}. */
    public Pause(Sleeper sleeper) {
        this.sleeper = sleeper;
    }

    /** Sleeps, unless the pause has ended or ends meanwhile. Says whether all of {@code duration} has passed. */
    public boolean sleep(Duration duration) {
        if (!begin()) {
            return false;
        }
        boolean interrupted = false;
        try {
            sleeper.sleep(duration);
        } catch (InterruptedException _) {
            interrupted = true;
        }
        return finish(interrupted) && !interrupted;
    }

    private boolean begin() {
        lock.lock();
        try {
            if (!ended) {
                sleeping = Thread.currentThread();
            }
            return !ended;
        } finally {
            lock.unlock();
        }
    }

    /** The interrupt that ends a pause must not outlive it; any other is somebody else's and is kept. */
    private boolean finish(boolean interrupted) {
        lock.lock();
        try {
            sleeping = null;
            if (ended) {
                boolean _ = Thread.interrupted();
            } else if (interrupted) {
                Thread.currentThread().interrupt();
            }
            return !ended;
        } finally {
            lock.unlock();
        }
    }

    /** Ends the sleep under way and all to come. On any thread; returns at once. */
    public void end() {
        lock.lock();
        try {
            ended = true;
            if (sleeping != null) {
                sleeping.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }
}
