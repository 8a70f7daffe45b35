package io.nereid.backend.onnxruntime.binding;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Shape;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

/**
 * A value for one input or output of an {@link OrtCall} or a {@link BoundCall}, laid over memory of the caller's.
 *
 * <p>Memory comes from a pool and shapes repeat, so the value of the last run mostly fits the next one and is used
 * again. A value that lies over memory since given back is harmless: only a run touches memory, and a run sets its
 * values first.
 */
final class TensorSlot implements AutoCloseable {
    private static final int MIN_RANK = 16;

    private final OnnxRuntime runtime;
    private final String name;
    private final int elementType;
    private final MemorySegment dims;
    private final MemorySegment out;
    private Shape shape = Shape.SCALAR;
    private long memoryInfo;
    private long dataAddress;
    private long dataBytes;
    private long value;

    TensorSlot(OnnxRuntime runtime, SegmentAllocator memory, TensorSignature signature) {
        this.runtime = runtime;
        this.name = signature.name();
        this.elementType = signature.elementType();
        this.dims = memory.allocate(JAVA_LONG, maxDims(signature));
        this.out = memory.allocate(ADDRESS);
    }

    /** How much memory such a slot takes. */
    static long byteSize(TensorSignature signature) {
        return maxDims(signature) * JAVA_LONG.byteSize() + ADDRESS.byteSize();
    }

    private static int maxDims(TensorSignature signature) {
        return Math.max(MIN_RANK, signature.shape().rank());
    }

    /** The address of a value that is {@code data} under {@code newShape}; the slot keeps the value. */
    long over(MemorySegment data, Shape newShape) throws InferenceException {
        return over(runtime.cpuMemory(), data.address(), data.byteSize(), newShape);
    }

    /** The same of memory that {@code memory} describes, of the host or of a GPU. */
    long over(long memory, long address, long bytes, Shape newShape) throws InferenceException {
        if (value == 0 || address != dataAddress || bytes != dataBytes || memory != memoryInfo
                || !newShape.equals(shape)) {
            lay(memory, address, bytes, newShape);
        }
        return value;
    }

    private void lay(long memory, long address, long bytes, Shape newShape) throws InferenceException {
        close();
        int rank = newShape.rank();
        if (rank > dims.byteSize() / JAVA_LONG.byteSize()) {
            throw new InferenceException(ErrorCode.INVALID_ARG,
                    "tensor '" + name + "': got shape " + newShape + ", which has more dimensions than any model's");
        }
        for (int i = 0; i < rank; i++) {
            dims.setAtIndex(JAVA_LONG, i, newShape.dim(i));
        }
        runtime.api().createTensorWithData(memory, address, bytes, dims.address(), rank,
                elementType, out.address());
        value = out.get(JAVA_LONG, 0);
        shape = newShape;
        memoryInfo = memory;
        dataAddress = address;
        dataBytes = bytes;
    }

    @Override
    public void close() {
        if (value != 0) {
            runtime.api().release(OrtFunction.RELEASE_VALUE, value);
            value = 0;
        }
    }
}
