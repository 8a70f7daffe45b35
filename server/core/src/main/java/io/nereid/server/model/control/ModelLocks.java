package io.nereid.server.model.control;

import io.nereid.backend.Abandonment;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A fair lock for each model that is being changed: loads and unloads of one model run one at a time, in the order in
 * which they came. A lock exists only while a thread has it or waits for it. Thread-safe.
 */
final class ModelLocks {
    private final Map<String, Shared> locks = new ConcurrentHashMap<>();
    private volatile boolean exiting;

    /**
     * A lock and those that use it.
     *
     * @param changes of the threads that have it or wait for it
     */
    private record Shared(ReentrantLock lock, List<Abandonment> changes) {
        Shared with(Abandonment change) {
            List<Abandonment> more = new ArrayList<>(changes);
            more.add(change);
            return new Shared(lock, more);
        }

        Shared without(Abandonment change) {
            List<Abandonment> less = new ArrayList<>(changes);
            less.remove(change);
            return new Shared(lock, less);
        }

        void abandon(String because) {
            changes.forEach(change -> change.abandon(because));
        }
    }

    /** A model's lock while it is held; for the thread that acquired it. */
    interface Held extends AutoCloseable {
        /** Whether what is done under the lock is still wanted. */
        Abandonment abandonment();

        /** Releases the lock. */
        @Override
        void close();
    }

    private record HeldLock(ModelLocks locks, String model, ReentrantLock lock, Abandonment abandonment)
            implements
                Held {
        @Override
        public void close() {
            lock.unlock();
            locks.leave(model, abandonment);
        }
    }

    /** Acquires a model's lock; waits until it is free. */
    Held acquire(String model) {
        Abandonment abandonment = new Abandonment();
        Shared shared = locks.compute(model,
                (_, known) -> (known == null ? new Shared(new ReentrantLock(true), List.of()) : known)
                        .with(abandonment));
        if (exiting) {
            abandonExiting(shared);
        }
        shared.lock.lock();
        return new HeldLock(this, model, shared.lock, abandonment);
    }

    /**
     * {@link #acquire} for what makes all useless that was to be done before: that is abandoned, so that it ends early.
     *
     * @param because continues "it was ended because"
     */
    Held acquireInstead(String model, String because) {
        Shared before = locks.get(model);
        if (before != null) {
            before.abandon(because);
        }
        return acquire(model);
    }

    /** All that is being done is abandoned, and whatever comes. */
    void abandonAll() {
        exiting = true;
        locks.values().forEach(ModelLocks::abandonExiting);
    }

    private static void abandonExiting(Shared shared) {
        shared.abandon("the server is exiting");
    }

    private void leave(String model, Abandonment change) {
        locks.computeIfPresent(model, (_, now) -> now.changes.size() == 1 ? null : now.without(change));
    }

    /** How many models have a lock now. */
    int size() {
        return locks.size();
    }
}
