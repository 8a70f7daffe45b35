package io.nereid.server.inference;

import com.google.errorprone.annotations.concurrent.GuardedBy;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;

/**
 * How much of the answer to one request waits for its client: whoever makes the answer waits here while that is too
 * much, so that a client that reads slowly, or not at all, costs a bounded amount of memory, however much its model
 * has to say. Thread-safe.
 *
 * <p>A response {@link #enter enters} with its bytes before it is written and leaves when it has gone or was dropped.
 * What it takes up may change in between: {@link #change}.
 */
public final class ResponseWindow {
    /** Bytes that wait for a client at most, but for a single response that is larger. */
    public static final long BYTES = 1 << 20;

    private final long maxBytes;
    private final LongConsumer watcher;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    @GuardedBy("lock")
    private long held;
    @GuardedBy("lock")
    private boolean closed;

    /**
     * An empty window.
     *
     * @param watcher is called with the bytes in it each time that they change; called under the window's lock, does
     *     not block
     */
    public ResponseWindow(long maxBytes, LongConsumer watcher) {
        this.maxBytes = maxBytes;
        this.watcher = watcher;
    }

    /**
     * Waits until a response of {@code bytes} bytes fits, and adds it; one that is larger than the window
     * fits when it is alone. Never to be called on an event loop. An interrupt does not end it, and is kept.
     *
     * @return false if the window is closed: the response is not in it, and nobody wants it
     */
    public boolean enter(long bytes) {
        lock.lock();
        try {
            while (!closed && held > 0 && bytes > maxBytes - held) {
                changed.awaitUninterruptibly();
            }
            if (!closed) {
                hold(held + bytes);
            }
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Says that what is in the window takes up {@code bytes} more, or fewer where that is negative; also takes in,
     * without waiting, what must not wait. On any thread, also when the window is closed.
     */
    public void change(long bytes) {
        lock.lock();
        try {
            hold(held + bytes);
            if (bytes < 0) {
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Says that {@code bytes} bytes have gone to the client, or were dropped. On any thread, also when it is closed.
     */
    public void leave(long bytes) {
        change(-bytes);
    }

    /** Takes nothing in any more: the client has gone, or wants no more. Who waits is woken. On any thread. */
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void hold(long bytes) {
        held = bytes;
        watcher.accept(bytes);
    }
}
