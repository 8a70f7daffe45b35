package io.nereid.server.protocol;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;

import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Runs one piece of work after the other while a few wait for it; whoever comes when those are enough is sent away at
 * once, so that clients which ask and go do not pile up. Thread-safe; waits, so for virtual threads.
 */
public final class OneAtATime {
    /** Some seconds' work, with a thousand models. */
    private static final int MOST_WAITING_FOR_ALL_MODELS = 100;

    private final Semaphore places;
    private final ReentrantLock lock = new ReentrantLock();

    /** Nothing runs yet; so many may wait beside what runs. */
    public OneAtATime(int mostWaiting) {
        places = new Semaphore(1 + mostWaiting);
    }

    /** Nothing runs yet; for answers that grow with the number of models. */
    public static OneAtATime forAllModels() {
        return new OneAtATime(MOST_WAITING_FOR_ALL_MODELS);
    }

    /** Something that an answer comes of. */
    @FunctionalInterface
    public interface Work<T> {
        /** Makes it. */
        T run() throws InferenceException;
    }

    /**
     * What the work gives, once it was its turn.
     *
     * @throws InferenceException UNAVAILABLE if too many wait, or what the work throws
     */
    public <T> T call(Work<T> work) throws InferenceException {
        if (!places.tryAcquire()) {
            throw new InferenceException(ErrorCode.UNAVAILABLE, "too many wait for the same; ask again in a moment")
                    .withRetryAfter(1);
        }
        lock.lock();
        try {
            return work.run();
        } finally {
            lock.unlock();
            places.release();
        }
    }

    /** How many wait. */
    int waiting() {
        return lock.getQueueLength();
    }
}
