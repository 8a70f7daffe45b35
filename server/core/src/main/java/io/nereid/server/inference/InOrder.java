package io.nereid.server.inference;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Works off what it is given one by one, in the order it came, each on the executor that suits it, or where it
 * stands. What the work for one item leaves is seen by the work for the next, whichever threads do it. Thread-safe.
 */
final class InOrder<T> {
    private final Function<T, @Nullable Executor> places;
    private final Consumer<T> work;
    private final Consumer<T> drop;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final ArrayDeque<T> waiting = new ArrayDeque<>(4);
    /** Whether an item is being worked off, or is about to be. */
    @GuardedBy("lock")
    private boolean working;

    /**
     * Nothing to do yet.
     *
     * @param places where each item belongs; null for anywhere
     * @param work what is done with it there; does not throw
     * @param drop what is done instead, on any thread, with items whose executor has ended; does not throw
     */
    InOrder(Function<T, @Nullable Executor> places, Consumer<T> work, Consumer<T> drop) {
        this.places = places;
        this.work = work;
        this.drop = drop;
    }

    /** Adds an item, and returns at once. */
    void add(T item) {
        lock.lock();
        try {
            waiting.addLast(item);
            if (working) {
                return;
            }
            working = true;
        } finally {
            lock.unlock();
        }
        schedule(item);
    }

    private void schedule(T first) {
        @Nullable
        T next = first;
        while (next != null) {
            Executor place = places.apply(next);
            if (place == null) {
                next = passFirst(work);
                continue;
            }
            try {
                place.execute(this::workOff);
                return;
            } catch (RejectedExecutionException _) { // all behind it may be dropped too
                next = passFirst(drop);
            }
        }
    }

    private void workOff() {
        T next = passFirst(work);
        if (next != null) {
            schedule(next);
        }
    }

    /** Does that with the first item, and returns the next one, or null where there is none yet. */
    private @Nullable T passFirst(Consumer<T> what) {
        what.accept(first());
        lock.lock();
        try {
            waiting.removeFirst();
            T next = waiting.peekFirst();
            working = next != null;
            return next;
        } finally {
            lock.unlock();
        }
    }

    private T first() {
        lock.lock();
        try {
            return waiting.getFirst();
        } finally {
            lock.unlock();
        }
    }
}
