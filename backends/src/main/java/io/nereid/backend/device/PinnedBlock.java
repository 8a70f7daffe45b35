package io.nereid.backend.device;

import io.nereid.inference.NativeMemory;
import io.nereid.inference.TensorMemory;

import java.lang.foreign.MemorySegment;

/**
 * One block of pinned memory as a source of smaller ones: the driver is asked once, since pinning takes longer than an
 * event loop may. Thread-safe.
 */
final class PinnedBlock implements NativeMemory, AutoCloseable {
    private final MemorySegment whole;
    private final BlockRanges ranges;

    /** @param whole pinned by way of that GPU; this object's from here on */
    PinnedBlock(Cuda cuda, int device, MemorySegment whole) {
        this.whole = whole;
        this.ranges = new BlockRanges(whole.byteSize(), TensorMemory.ALIGNMENT, () -> cuda.freePinned(device, whole));
    }

    /** {@inheritDoc} Aligned to {@link TensorMemory#ALIGNMENT}, which has to do. */
    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        long offset = byteAlignment > TensorMemory.ALIGNMENT ? BlockRanges.NONE : ranges.take(byteSize);
        if (offset == BlockRanges.NONE) {
            throw new OutOfMemoryError("no free range of " + byteSize + " bytes in pinned memory");
        }
        return whole.asSlice(offset, byteSize);
    }

    @Override
    public void free(MemorySegment block) {
        ranges.release(block.address() - whole.address());
    }

    /** Gives the block back to the driver, with the last range that is taken. */
    @Override
    public void close() {
        ranges.close();
    }
}
