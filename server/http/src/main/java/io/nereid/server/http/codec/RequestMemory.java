package io.nereid.server.http.codec;

import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import io.nereid.server.protocol.OutputTarget;
import io.nereid.server.sharedmemory.SharedMemory;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * What the inputs of one request lie in: the body as it was received, and a buffer for each tensor that did not lie there
 * ready to use. While the request is read, it keeps the targets of its outputs too. One owner at a time; not thread-safe
 * until handed over.
 */
final class RequestMemory implements Lease {
    private final TensorMemory memory;
    private final SharedMemory shared;
    private final TensorBuffer body;
    private final List<TensorBuffer> tensors = new ArrayList<>(2);
    private final List<OutputTarget> targets = new ArrayList<>(0);

    RequestMemory(TensorMemory memory, SharedMemory shared, TensorBuffer body) {
        this.memory = memory;
        this.shared = shared;
        this.body = body;
    }

    /** A buffer of {@code byteSize} bytes that is held as long as the request is. */
    TensorBuffer allocate(long byteSize) throws InferenceException {
        TensorBuffer buffer = memory.allocate(byteSize);
        tensors.add(buffer);
        return buffer;
    }

    /** A copy of what lies in shared memory, which is held as long as the request is. */
    MemorySegment copy(RegionSlice slice) throws InferenceException {
        TensorBuffer buffer = shared.read(slice.region(), slice.offset(), slice.byteSize());
        tensors.add(buffer);
        return buffer.segment();
    }

    /** A place in shared memory for an output of the request, whose owner releases it. */
    OutputTarget target(RegionSlice slice) throws InferenceException {
        OutputTarget target = shared.target(slice.region(), slice.offset(), slice.byteSize());
        targets.add(target);
        return target;
    }

    /** What {@code reading} makes; if it fails, everything but the body is given back, the targets included. */
    <T> T orRelease(Reading<T> reading) throws InferenceException {
        boolean read = false;
        try {
            T request = reading.read();
            read = true;
            return request;
        } finally {
            if (!read) {
                targets.forEach(OutputTarget::release);
                tensors.forEach(TensorBuffer::release);
            }
        }
    }

    /** Gives back everything, the body too, but not the targets: the end of a request that was read. */
    @Override
    public void release() {
        tensors.forEach(TensorBuffer::release);
        body.release();
    }

    /** Makes a request of which this is the memory. */
    @FunctionalInterface
    interface Reading<T> {
        T read() throws InferenceException;
    }
}
