package io.nereid.backend.onnxruntime.binding;

import io.nereid.inference.InferenceException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * One piece of memory of ONNX Runtime's allocator, from which an {@link OrtCall} cuts what it needs; all zeros at
 * first. It is no shared {@link Arena}, since closing one of those waits for every thread of the process: that makes
 * the end of many models take time by the square of their number. So nothing but its owner's care keeps it from being
 * used after {@link #close}.
 */
final class CallMemory implements SegmentAllocator, AutoCloseable {
    private final OnnxRuntime runtime;
    private final long address;
    private final SegmentAllocator pieces;

    private CallMemory(OnnxRuntime runtime, MemorySegment whole) {
        this.runtime = runtime;
        this.address = whole.address();
        this.pieces = SegmentAllocator.slicingAllocator(whole.fill((byte) 0));
    }

    /** Memory of that size, which the caller closes. */
    static CallMemory create(OnnxRuntime runtime, long byteSize) throws InferenceException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            runtime.api().call(OrtFunction.ALLOCATOR_ALLOC, runtime.allocator(), byteSize, out.address());
            return new CallMemory(runtime, MemorySegment.ofAddress(out.get(JAVA_LONG, 0)).reinterpret(byteSize));
        }
    }

    /** @throws IndexOutOfBoundsException if no such piece is left */
    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        return pieces.allocate(byteSize, byteAlignment);
    }

    /** Gives it back; called once. */
    @Override
    public void close() {
        try {
            runtime.api().call(OrtFunction.ALLOCATOR_FREE, runtime.allocator(), address);
        } catch (InferenceException e) {
            throw new IllegalStateException("ONNX Runtime does not take back what it gave", e);
        }
    }
}
