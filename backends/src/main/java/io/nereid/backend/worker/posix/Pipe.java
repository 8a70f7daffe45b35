package io.nereid.backend.worker.posix;

import com.google.errorprone.annotations.concurrent.GuardedBy;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.ReentrantLock;

import static java.lang.foreign.ValueLayout.JAVA_INT;

/**
 * A pipe between this process and another, which opens its end by {@link #readerPath} or {@link #writerPath}; programs
 * that are executed inherit neither. Used by one thread at a time.
 */
public final class Pipe implements AutoCloseable {
    private static final int CLOSED = -1;

    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private int reader;
    @GuardedBy("lock")
    private int writer;

    private Pipe(int reader, int writer) {
        this.reader = reader;
        this.writer = writer;
    }

    /**
     * A new pipe, which the caller closes.
     *
     * @throws IOException if the process has no descriptors left
     */
    public static Pipe open() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ends = arena.allocate(JAVA_INT, 2);
            int result = CLibrary.pipe(CFunction.callState(arena), ends);
            if (result < 0) {
                throw new IOException("the system gives no pipe: error " + -result);
            }
            return new Pipe(ends.getAtIndex(JAVA_INT, 0), ends.getAtIndex(JAVA_INT, 1));
        }
    }

    /** What another process of this user reads from. */
    public String readerPath() {
        return path(reader());
    }

    /** What another process of this user writes to. */
    public String writerPath() {
        lock.lock();
        try {
            return path(writer);
        } finally {
            lock.unlock();
        }
    }

    /** A stream of what is written to it, which the caller closes. */
    public InputStream openInput() throws IOException {
        return new FileInputStream(path(reader()));
    }

    private int reader() {
        lock.lock();
        try {
            return reader;
        } finally {
            lock.unlock();
        }
    }

    /** The end to write to, which from here on is not this object's but the caller's. */
    public ReplyPipe takeWriter(Runnable stuck) throws IOException {
        lock.lock();
        try (Arena arena = Arena.ofConfined()) {
            int result = CLibrary.setNonBlocking(CFunction.callState(arena), writer);
            if (result < 0) {
                throw new IOException("a pipe cannot be made non-blocking: error " + -result);
            }
            ReplyPipe taken = new ReplyPipe(writer, stuck);
            writer = CLOSED;
            return taken;
        } finally {
            lock.unlock();
        }
    }

    private static String path(int descriptor) {
        return "/proc/" + ProcessHandle.current().pid() + "/fd/" + descriptor;
    }

    /** Closes the ends that were not taken; again, it does nothing. */
    @Override
    public void close() {
        lock.lock();
        try {
            reader = closed(reader);
            writer = closed(writer);
        } finally {
            lock.unlock();
        }
    }

    private static int closed(int descriptor) {
        if (descriptor != CLOSED) {
            CLibrary.close(descriptor);
        }
        return CLOSED;
    }
}
