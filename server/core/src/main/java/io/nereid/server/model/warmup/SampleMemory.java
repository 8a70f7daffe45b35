package io.nereid.server.model.warmup;

import io.nereid.inference.NativeMemory;
import io.nereid.inference.TensorMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;

/**
 * The memory of warm-up samples, which several instances read: all zeros at first, given back whole. Not a shared
 * arena, whose end would wait for every thread of the process. One thread allocates and closes; nobody reads after
 * that.
 */
final class SampleMemory implements SegmentAllocator, AutoCloseable {
    private final NativeMemory source;
    private final List<MemorySegment> blocks = new ArrayList<>();

    SampleMemory(NativeMemory source) {
        this.source = source;
    }

    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        long alignment = Math.max(byteAlignment, TensorMemory.ALIGNMENT);
        long whole = Math.max(alignment, Math.addExact(byteSize, alignment - 1) & -alignment);
        MemorySegment block = source.allocate(whole, alignment);
        blocks.add(block);
        return block.asSlice(0, byteSize).fill((byte) 0);
    }

    @Override
    public void close() {
        blocks.forEach(source::free);
    }
}
