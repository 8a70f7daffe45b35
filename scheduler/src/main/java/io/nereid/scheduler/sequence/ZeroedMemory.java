package io.nereid.scheduler.sequence;

import io.nereid.inference.DataType;
import io.nereid.inference.Tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Zeros that many null rows share, as many as the largest input takes that one was made like. Nobody writes there; what
 * is too small is replaced, and lives as long as somebody refers to it. Thread-safe.
 */
final class ZeroedMemory {
    private static final int ALIGNMENT = 64;

    private volatile MemorySegment zeros = MemorySegment.NULL;

    /** The data of a tensor of that type and shape, all zeros; of strings, all empty. */
    MemorySegment of(Tensor like) {
        long bytes = like.dataType() == DataType.BYTES ? Integer.BYTES * like.shape().elementCount() : like.byteSize();
        MemorySegment there = zeros;
        if (there.byteSize() < bytes) {
            there = Arena.ofAuto().allocate(bytes, ALIGNMENT);
            zeros = there;
        }
        return there.asSlice(0, bytes);
    }
}
