package io.nereid.scheduler;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.Lease;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.locks.ReentrantLock;

/**
 * What a backend keeps of a sequence between two of its requests. It is the instance's while a request of the sequence
 * runs, and here meanwhile; when the sequence has ended it is released. Thread-safe.
 */
public final class SequenceState {
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private @Nullable Lease kept;
    @GuardedBy("lock")
    private boolean ended;

    /** What was kept, which is the caller's from here on; null where nothing was. */
    public @Nullable Lease take() {
        lock.lock();
        try {
            Lease taken = kept;
            kept = null;
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** Keeps something, once, for whoever takes it next. It is released at once if the sequence has ended. */
    public void keep(Lease given) {
        lock.lock();
        try {
            if (!ended) {
                kept = given;
                return;
            }
        } finally {
            lock.unlock();
        }
        given.release();
    }

    /** The sequence has ended: what is kept is released, now or when it is given back. */
    public void end() {
        Lease last;
        lock.lock();
        try {
            ended = true;
            last = kept;
            kept = null;
        } finally {
            lock.unlock();
        }
        if (last != null) {
            last.release();
        }
    }
}
