package io.nereid.backend.device;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.backend.ranges.Range;
import io.nereid.backend.ranges.Ranges;

import java.util.concurrent.locks.ReentrantLock;

/**
 * Which parts of one block of memory are taken. The block goes back after {@link #close}, with the last part that is
 * taken: a GPU may still copy there. Thread-safe.
 */
final class BlockRanges implements AutoCloseable {
    /** In place of an offset: there is no such part. */
    static final long NONE = -1;

    private final Runnable giveBack;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final Ranges ranges;
    @GuardedBy("lock")
    private boolean closed;

    /**
     * A block of which nothing is taken.
     *
     * @param byteSize of the block, a multiple of the alignment
     * @param alignment of its parts
     * @param giveBack gives the block back, once; on the thread that closes it or releases its last part
     */
    BlockRanges(long byteSize, long alignment, Runnable giveBack) {
        this.ranges = new Ranges(byteSize, alignment);
        this.giveBack = giveBack;
    }

    /** The offset of a part of at least so many bytes; {@link #NONE} if none is free, or the block is closed. */
    long take(long byteSize) {
        lock.lock();
        try {
            Range range = closed ? null : ranges.take(Math.max(1, byteSize));
            return range == null ? NONE : range.offset();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Gives a part back.
     *
     * @throws IllegalStateException if none was taken from there
     */
    void release(long offset) {
        lock.lock();
        try {
            Range _ = ranges.release(offset);
            giveBackIfUnused();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                giveBackIfUnused();
            }
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void giveBackIfUnused() {
        if (closed && ranges.takenCount() == 0) {
            giveBack.run();
        }
    }
}
