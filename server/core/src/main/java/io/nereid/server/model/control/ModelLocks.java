package io.nereid.server.model.control;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A fair lock for each model that is being changed: loads and unloads of one model run one at a time, in the order in
 * which they came. A lock exists only while a thread has it or waits for it. Thread-safe.
 */
final class ModelLocks {
    private final Map<String, Counted> locks = new ConcurrentHashMap<>();

    /**
     * A lock and how many threads use it.
     *
     * @param threads those that have it or wait for it
     */
    private record Counted(ReentrantLock lock, int threads) {
        Counted plus(int more) {
            return new Counted(lock, threads + more);
        }
    }

    /** A model's lock while it is held; for the thread that acquired it. */
    interface Held extends AutoCloseable {
        /** Releases the lock. */
        @Override
        void close();
    }

    /** Acquires a model's lock; waits until it is free. */
    Held acquire(String model) {
        Counted counted = locks.compute(model, (_, known) -> known == null ? new Counted(new ReentrantLock(true), 1)
                : known.plus(1));
        counted.lock.lock();
        return () -> {
            counted.lock.unlock();
            locks.computeIfPresent(model, (_, now) -> now.threads == 1 ? null : now.plus(-1));
        };
    }

    /** How many models have a lock now. */
    int size() {
        return locks.size();
    }
}
