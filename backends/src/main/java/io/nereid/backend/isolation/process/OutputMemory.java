package io.nereid.backend.isolation.process;

import io.nereid.backend.worker.RequestWriter;
import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;
import io.nereid.inference.TensorMemory;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Where the model's outputs lie: long ones in memory that is shared with the server, which sends them from there. First
 * in what the server has lent for the execution, then in what it is asked for; all of that is the server's again with
 * the answer. Used by the thread that executes.
 */
final class OutputMemory implements TensorAllocator {
    private final SharedMapping shared;
    private final ServerCalls server;
    private final TensorMemory small;
    private long at;
    private long end;
    private long[] granted = new long[0];

    /** @param small where short ones lie, which are sent in the answer itself */
    OutputMemory(SharedMapping shared, ServerCalls server, TensorMemory small) {
        this.shared = shared;
        this.server = server;
        this.small = small;
    }

    /** An execution begins, for which the server has lent that range. */
    void begin(long offset, long length) {
        at = offset;
        end = offset + length;
        granted = new long[0];
    }

    /** Where what was asked for begins: to be freed with the answer. */
    long[] granted() {
        return granted;
    }

    @Override
    public TensorData.Kind kind() {
        return TensorData.Kind.POOLED;
    }

    @Override
    public TensorBuffer allocate(long byteSize) throws InferenceException {
        return byteSize <= RequestWriter.MAX_INLINE ? small.allocate(byteSize)
                : new TensorBuffer(TensorData.pooled(range(byteSize)), Lease.NONE);
    }

    private MemorySegment range(long byteSize) throws InferenceException {
        if (byteSize <= end - at) {
            MemorySegment lent = shared.range(at, byteSize);
            at += Math.min(TensorMemory.aligned(byteSize), end - at);
            return lent;
        }
        long offset = server.allocate(byteSize);
        granted = Arrays.copyOf(granted, granted.length + 1);
        granted[granted.length - 1] = offset;
        return shared.range(offset, byteSize);
    }

    @Override
    public TensorBuffer allocateZeroed(long byteSize) throws InferenceException {
        TensorBuffer buffer = allocate(byteSize);
        buffer.segment().fill((byte) 0);
        return buffer;
    }
}
