package io.nereid.backend.worker.posix;

import com.google.errorprone.annotations.concurrent.GuardedBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The end of a pipe that any thread writes whole messages to without ever waiting: what the pipe does not take at once
 * is queued, and written by a thread that lives until the queue is empty. Thread-safe.
 */
public final class ReplyPipe implements AutoCloseable {
    private static final int CLOSED = -1;
    private static final int BUFFER_BYTES = 1 << 14;
    /** More than all calls of a worker can have under way: one that leaves so much does not read any more. */
    private static final long MAX_QUEUED_BYTES = 1L << 26;
    private static final int POLL_MILLIS = 1000;

    private final Runnable stuck;
    private final ReentrantLock lock = new ReentrantLock();
    private final MemorySegment state;
    private final MemorySegment buffer;
    @GuardedBy("lock")
    private final ArrayDeque<byte[]> queued = new ArrayDeque<>();
    @GuardedBy("lock")
    private long queuedBytes;
    @GuardedBy("lock")
    private int descriptor;

    /**
     * Over a non-blocking descriptor, which is this object's from here on.
     *
     * @param stuck called, on any thread and under no lock, when the reader has left too much
     */
    ReplyPipe(int descriptor, Runnable stuck) {
        this.descriptor = descriptor;
        this.stuck = stuck;
        Arena arena = Arena.ofAuto(); // of every thread's that writes, for as long as the object is
        this.state = CFunction.callState(arena);
        this.buffer = arena.allocate(BUFFER_BYTES);
    }

    /** Writes the first {@code length} bytes, which are copied. Where nobody reads any more they are dropped. */
    public void write(byte[] message, int length) {
        boolean tooMuch;
        lock.lock();
        try {
            int written = queued.isEmpty() ? writeNow(message, 0, length) : 0;
            if (descriptor == CLOSED || written == length) {
                return;
            }
            if (queued.isEmpty()) {
                startFlushing();
            }
            queued.addLast(Arrays.copyOfRange(message, written, length));
            queuedBytes += length - written;
            tooMuch = queuedBytes > MAX_QUEUED_BYTES;
        } finally {
            lock.unlock();
        }
        if (tooMuch) {
            stuck.run();
        }
    }

    /** How much of it the pipe takes now; all of it if nobody reads any more. */
    @GuardedBy("lock")
    private int writeNow(byte[] message, int from, int to) {
        int at = from;
        while (at < to && descriptor != CLOSED) {
            int chunk = Math.min(to - at, BUFFER_BYTES);
            MemorySegment.copy(message, at, buffer, ValueLayout.JAVA_BYTE, 0, chunk);
            long written = CLibrary.write(state, descriptor, buffer, chunk);
            if (written == -CLibrary.EAGAIN) {
                return at - from;
            }
            if (written < 0 && written != -CLibrary.EINTR) {
                return to - from; // nobody reads: the worker is gone, which its exit says
            }
            at += (int) Math.max(written, 0);
        }
        return at - from;
    }

    @GuardedBy("lock")
    private void startFlushing() {
        int flushed = descriptor;
        Thread.ofPlatform().daemon().name("python-replies").start(() -> flush(flushed));
    }

    private void flush(int flushed) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment own = CFunction.callState(arena);
            MemorySegment request = arena.allocate(8, 4);
            do {
                int _ = CLibrary.pollWritable(own, request, flushed, POLL_MILLIS);
            } while (writeQueued());
        }
    }

    /** Writes what the pipe takes; says whether anything is left. */
    private boolean writeQueued() {
        lock.lock();
        try {
            while (descriptor != CLOSED && !queued.isEmpty()) {
                byte[] first = queued.getFirst();
                int written = writeNow(first, 0, first.length);
                queued.removeFirst();
                queuedBytes -= written;
                if (written < first.length) {
                    queued.addFirst(Arrays.copyOfRange(first, written, first.length));
                    return true;
                }
            }
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** Closes the end; what is queued is dropped. Again, it does nothing. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (descriptor != CLOSED) {
                CLibrary.close(descriptor);
                descriptor = CLOSED;
                queued.clear();
                queuedBytes = 0;
            }
        } finally {
            lock.unlock();
        }
    }
}
