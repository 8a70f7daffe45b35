package io.nereid.server.model;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets whoever changes a model do so alone, in the order in which they came. Remembers only those models that somebody
 * changes or waits to change. Thread-safe.
 */
final class ModelTurns {
    private final Map<String, Line> lines = new ConcurrentHashMap<>();

    /**
     * Who changes a model and who waits for it.
     *
     * @param people how many they are together
     */
    private record Line(ReentrantLock lock, int people) {
        Line with(int more) {
            return new Line(lock, people + more);
        }
    }

    /** A turn that was taken; for the thread that took it. */
    interface Turn extends AutoCloseable {
        /** The next one may. */
        @Override
        void close();
    }

    /** Waits for the turn. */
    Turn take(String model) {
        Line line = lines.compute(model, (_, known) -> known == null ? new Line(new ReentrantLock(true), 1)
                : known.with(1));
        line.lock.lock();
        return () -> {
            line.lock.unlock();
            lines.computeIfPresent(model, (_, now) -> now.people == 1 ? null : now.with(-1));
        };
    }

    /** How many models somebody changes or waits for. */
    int size() {
        return lines.size();
    }
}
