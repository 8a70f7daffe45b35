package io.nereid.inference;

import java.lang.foreign.MemorySegment;

/**
 * Where a {@link TensorMemory} gets its memory from and gives it back to. Thread-safe.
 *
 * <p>What a server uses must free a block without waiting for other threads. {@link #CHECKED} does wait, and is for
 * programs that look for mistakes.
 */
public interface NativeMemory {
    /**
     * Every block has an arena of its own: who uses one that was freed gets an {@link IllegalStateException}. Freeing
     * one waits for every thread of the process, which costs the more the more threads there are.
     */
    NativeMemory CHECKED = new CheckedMemory();

    /**
     * A block that any thread may use until it is freed; its content is undefined.
     *
     * @param byteSize a multiple of the alignment
     * @param byteAlignment a power of two
     * @throws OutOfMemoryError if so much is not to be had
     */
    MemorySegment allocate(long byteSize, long byteAlignment);

    /** Takes a block back, which nobody uses any more: the very segment that was handed out. */
    void free(MemorySegment block);
}
