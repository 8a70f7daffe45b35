package io.nereid.backend;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import org.jspecify.annotations.Nullable;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Whether something that takes long to make is of no use any more, for whoever makes it: it ends early then. Once
 * abandoned it stays so. Thread-safe; nothing blocks.
 */
public final class Abandonment {
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final Set<Watch> watches = new LinkedHashSet<>();
    @GuardedBy("lock")
    private @Nullable String because;

    /** What is told of an abandonment, until it is closed. */
    public final class Watch implements AutoCloseable {
        private final Consumer<String> toDo;

        private Watch(Consumer<String> toDo) {
            this.toDo = toDo;
        }

        @Override
        public void close() {
            lock.lock();
            try {
                watches.remove(this);
            } finally {
                lock.unlock();
            }
        }
    }

    /**
     * Has something done when this is abandoned, once, on the thread that does it; at once on this one if it is already.
     *
     * @param toDo is given why
     */
    public Watch watch(Consumer<String> toDo) {
        Watch watch = new Watch(toDo);
        String already;
        lock.lock();
        try {
            already = because;
            if (already == null) {
                watches.add(watch);
            }
        } finally {
            lock.unlock();
        }
        if (already != null) {
            toDo.accept(already);
        }
        return watch;
    }

    /** Whether it is of no use any more. */
    public boolean isAbandoned() {
        lock.lock();
        try {
            return because != null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * It is of no use any more; without effect the second time.
     *
     * @param why continues "it was ended because"
     */
    public void abandon(String why) {
        List<Watch> told;
        lock.lock();
        try {
            told = because == null ? List.copyOf(watches) : List.of();
            because = because == null ? why : because;
            watches.clear();
        } finally {
            lock.unlock();
        }
        told.forEach(watch -> watch.toDo.accept(why));
    }
}
