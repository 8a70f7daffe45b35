package io.nereid.backend.onnxruntime;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.backend.onnxruntime.binding.OrtSession;
import io.nereid.inference.InferenceException;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.locks.ReentrantLock;

/**
 * One session for several instances of a model: ONNX Runtime holds the weights once, in the layout that its kernels want,
 * and rewrites the graph once. Open from its first user to its last; opened anew after that. Thread-safe.
 */
final class SharedSession {
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private @Nullable OrtSession session;
    @GuardedBy("lock")
    private int users;

    /** Opens a session. */
    interface Opening {
        OrtSession open() throws InferenceException;
    }

    /**
     * The session, for one more user, who {@linkplain #release gives it back}. Whoever comes while it is being opened
     * waits.
     *
     * @throws InferenceException what {@code opening} throws; then there is no user more
     */
    OrtSession use(Opening opening) throws InferenceException {
        lock.lock();
        try {
            OrtSession opened = session;
            if (opened == null) {
                opened = opening.open();
                session = opened;
            }
            users++;
            return opened;
        } finally {
            lock.unlock();
        }
    }

    /** A user, whose runs are over, does without it from here on; closes it after the last. */
    void release() {
        lock.lock();
        try {
            users--;
            if (users == 0 && session != null) {
                session.close();
                session = null;
            }
        } finally {
            lock.unlock();
        }
    }
}
