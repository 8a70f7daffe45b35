package io.nereid.inference;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A counted buffer of {@link TensorMemory}. It starts with one reference; the memory goes back to the pool when the last
 * one is released, and the buffer is of no use from then on. A buffer may be shared between threads; its content is
 * ordered by whatever hands it over.
 */
public final class TensorBuffer implements Lease {
    private final TensorMemory memory;
    private final TensorMemory.Block block;
    /** Never rises from 0 again: a late release finds this dead buffer, not the block's next user. */
    private final AtomicInteger references = new AtomicInteger(1);
    private MemorySegment segment;

    TensorBuffer(TensorMemory memory, TensorMemory.Block block, long byteSize) {
        this.memory = memory;
        this.block = block;
        this.segment = block.whole().asSlice(0, byteSize);
    }

    /** The memory, exactly as long as was asked for. */
    public MemorySegment segment() {
        return segment;
    }

    /** Cuts the memory to a part of it. Only for a sole owner, before anybody else sees the buffer. */
    public void narrow(long offset, long byteSize) {
        segment = segment.asSlice(offset, byteSize);
    }

    /** Adds {@code more} references for owners to come; only somebody who holds one may call it. */
    public TensorBuffer retain(int more) {
        int held = references.get();
        while (held > 0) {
            int seen = references.compareAndExchange(held, Math.addExact(held, more));
            if (seen == held) {
                return this;
            }
            held = seen;
        }
        throw new IllegalStateException("buffer retained after its release");
    }

    /** Gives one reference back. */
    @Override
    public void release() {
        int left = references.decrementAndGet();
        if (left == 0) {
            memory.giveBack(block);
        } else if (left < 0) {
            throw new IllegalStateException("buffer released more often than retained");
        }
    }
}
