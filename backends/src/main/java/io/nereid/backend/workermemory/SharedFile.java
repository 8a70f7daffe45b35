package io.nereid.backend.workermemory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.backend.ranges.Range;
import io.nereid.backend.ranges.Ranges;
import io.nereid.inference.NativeMemory;
import io.nereid.inference.TensorMemory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A file without a name that this process has mapped whole, as a source of memory. It is as long as it will ever be
 * from the beginning: pages come when they are written, and go back to the system when the blocks on them are freed.
 * Thread-safe.
 */
final class SharedFile implements NativeMemory, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SharedFile.class);
    private static final long PAGE_SIZE = 4096;

    private final FileCalls calls;
    private final int descriptor;
    private final MemorySegment whole;
    /** Whether what is given out has to be set aside first: a file system that is full ends who writes. */
    private final boolean reserves;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final Ranges ranges;
    @GuardedBy("lock")
    private boolean closed;

    private SharedFile(FileCalls calls, int descriptor, MemorySegment whole, boolean reserves) {
        this.calls = calls;
        this.descriptor = descriptor;
        this.whole = whole;
        this.reserves = reserves;
        this.ranges = new Ranges(whole.byteSize(), TensorMemory.ALIGNMENT);
    }

    /**
     * A new one in memory; where the system has no such files, in the folder for temporary ones.
     *
     * @param byteSize a multiple of 4096
     * @throws IOException if the system gives none
     * @throws UnsupportedOperationException if the system is not Linux
     */
    static SharedFile open(long byteSize, Path temporaryFolder) throws IOException {
        FileCalls calls = new FileCalls();
        return calls.hasMemoryFiles() ? mapped(calls, calls.inMemory("nereid-tensors", byteSize), byteSize, false)
                : onDisk(calls, byteSize, temporaryFolder);
    }

    /** One in that folder. */
    static SharedFile onDisk(FileCalls calls, long byteSize, Path folder) throws IOException {
        return mapped(calls, calls.temporary(folder, byteSize), byteSize, true);
    }

    private static SharedFile mapped(FileCalls calls, int descriptor, long byteSize, boolean reserves)
            throws IOException {
        try {
            return new SharedFile(calls, descriptor, calls.map(descriptor, byteSize), reserves);
        } catch (IOException e) {
            calls.close(descriptor);
            throw e;
        }
    }

    /** Its descriptor in this process. */
    int descriptor() {
        return descriptor;
    }

    /** All of it, as this process has mapped it. */
    MemorySegment whole() {
        return whole;
    }

    /** {@inheritDoc} Aligned to {@link TensorMemory#ALIGNMENT}, which has to do. */
    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        if (byteAlignment > TensorMemory.ALIGNMENT) {
            throw new IllegalArgumentException("an alignment of " + byteAlignment + " bytes");
        }
        Range range = take(byteSize);
        if (range == null) {
            throw new OutOfMemoryError("no free range of " + byteSize + " bytes in shared memory");
        }
        if (reserves) {
            reserve(range);
        }
        return whole.asSlice(range.offset(), byteSize);
    }

    private @Nullable Range take(long byteSize) {
        lock.lock();
        try {
            return ranges.take(byteSize);
        } finally {
            lock.unlock();
        }
    }

    private void reserve(Range range) {
        try {
            calls.reserve(descriptor, range);
        } catch (IOException e) {
            lock.lock();
            try {
                Range _ = ranges.release(range.offset());
            } finally {
                lock.unlock();
            }
            throw new OutOfMemoryError("the file of shared memory cannot grow: " + e.getMessage());
        }
    }

    @Override
    public void free(MemorySegment block) {
        long offset = block.address() - whole.address();
        lock.lock();
        try {
            Range released = ranges.taken(offset);
            Range free = ranges.release(offset);
            if (closed) {
                unmapIfFree();
                return;
            }
            // Under the lock: nobody else may be writing there yet. The pool above frees only what is too much for it.
            Range pages = Ranges.freePages(released, free, PAGE_SIZE);
            if (pages.length() > 0) {
                calls.discard(descriptor, pages);
            }
        } catch (IOException e) {
            LOG.warn("shared memory could not be given back: {}", e.getMessage());
        } finally {
            lock.unlock();
        }
    }

    /** Closes the file; the mapping ends with the last block, since somebody may still write there. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                calls.close(descriptor);
                unmapIfFree();
            }
        } catch (IOException e) {
            LOG.warn("shared memory could not be closed: {}", e.getMessage());
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void unmapIfFree() throws IOException {
        if (ranges.takenCount() == 0) {
            calls.unmap(whole);
        }
    }
}
