package io.nereid.inference;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** {@link NativeMemory#CHECKED}. */
final class CheckedMemory implements NativeMemory {
    /** By the address of their block. */
    private final Map<Long, Arena> arenas = new ConcurrentHashMap<>();

    @Override
    @SuppressWarnings("MustBeClosedChecker") // closed when the block is freed
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        Arena arena = Arena.ofShared();
        try {
            MemorySegment block = arena.allocate(byteSize, byteAlignment);
            arenas.put(block.address(), arena);
            return block;
        } catch (OutOfMemoryError e) {
            arena.close();
            throw e;
        }
    }

    @Override
    public void free(MemorySegment block) {
        Arena arena = arenas.remove(block.address());
        if (arena == null) {
            throw new IllegalStateException("freed a block that is not held: " + block);
        }
        arena.close();
    }
}
