package io.nereid.server;

import java.util.ArrayDeque;
import java.util.Deque;

/** What a start has made so far: ended again, the last first, unless the start succeeds. Not thread-safe. */
final class PartialStart implements AutoCloseable {
    private final Deque<Runnable> ends = new ArrayDeque<>();

    /** @param end ends what was made just now */
    void made(Runnable end) {
        ends.push(end);
    }

    /** All of it stays. */
    void succeeded() {
        ends.clear();
    }

    @Override
    public void close() {
        ends.forEach(Runnable::run);
    }
}
