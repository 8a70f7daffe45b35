package io.nereid.backend.device;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.backend.ranges.Range;
import io.nereid.backend.ranges.Ranges;
import io.nereid.inference.NativeMemory;
import io.nereid.inference.TensorMemory;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One block of pinned memory as a source of smaller ones: the driver is asked once, since pinning takes longer than an
 * event loop may. Thread-safe.
 */
final class PinnedBlock implements NativeMemory, AutoCloseable {
    private final Cuda cuda;
    private final int device;
    private final MemorySegment whole;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private final Ranges ranges;
    @GuardedBy("lock")
    private boolean closed;

    /** @param whole pinned by way of that GPU; this object's from here on */
    PinnedBlock(Cuda cuda, int device, MemorySegment whole) {
        this.cuda = cuda;
        this.device = device;
        this.whole = whole;
        this.ranges = new Ranges(whole.byteSize(), TensorMemory.ALIGNMENT);
    }

    /** {@inheritDoc} Aligned to {@link TensorMemory#ALIGNMENT}, which has to do. */
    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        lock.lock();
        try {
            Range range = byteAlignment > TensorMemory.ALIGNMENT || closed ? null : ranges.take(byteSize);
            if (range == null) {
                throw new OutOfMemoryError("no free range of " + byteSize + " bytes in pinned memory");
            }
            return whole.asSlice(range.offset(), byteSize);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void free(MemorySegment block) {
        lock.lock();
        try {
            Range _ = ranges.release(block.address() - whole.address());
            unpinIfUnused();
        } finally {
            lock.unlock();
        }
    }

    /** Gives the block back to the driver, with the last range that is taken: a GPU may still copy there. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                unpinIfUnused();
            }
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void unpinIfUnused() {
        if (closed && ranges.takenCount() == 0) {
            cuda.freePinned(device, whole);
        }
    }
}
