package io.nereid.inference;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A counted buffer of {@link TensorMemory}. It starts with one reference; the memory goes back to the pool when the last
 * one is released. A buffer may be shared between threads; its content is ordered by whatever hands it over.
 */
public final class TensorBuffer implements Lease {
    private final TensorMemory memory;
    private final int sizeClass;
    private final Arena arena;
    private final MemorySegment whole;
    private final AtomicInteger references = new AtomicInteger();
    private MemorySegment segment;

    TensorBuffer(TensorMemory memory, int sizeClass, Arena arena, MemorySegment whole) {
        this.memory = memory;
        this.sizeClass = sizeClass;
        this.arena = arena;
        this.whole = whole;
        this.segment = whole;
    }

    /** The memory, exactly as long as was asked for. */
    public MemorySegment segment() {
        return segment;
    }

    /** Cuts the memory to its first {@code byteSize} bytes. Only for a sole owner, before anybody else sees the buffer. */
    public void shorten(long byteSize) {
        segment = segment.asSlice(0, byteSize);
    }

    /** Adds {@code more} references for owners to come; only somebody who holds one may call it. */
    public TensorBuffer retain(int more) {
        if (references.getAndAdd(more) <= 0) {
            throw new IllegalStateException("buffer retained after its release");
        }
        return this;
    }

    /** Gives one reference back. */
    @Override
    public void release() {
        int left = references.decrementAndGet();
        if (left == 0) {
            memory.giveBack(this, sizeClass);
        } else if (left < 0) {
            throw new IllegalStateException("buffer released more often than retained");
        }
    }

    void open(long byteSize) {
        segment = byteSize == segment.byteSize() ? segment : whole.asSlice(0, byteSize);
        references.set(1);
    }

    void free() {
        arena.close();
    }
}
