package io.nereid.server.http.codec;

import io.nereid.inference.DataType;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InputMemory;
import io.nereid.inference.Lease;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;
import io.nereid.server.protocol.OutputTarget;
import io.nereid.server.sharedmemory.SharedMemory;

import java.util.ArrayList;
import java.util.List;

/**
 * What the inputs of one request lie in: the body as it was received, and a buffer for each tensor that did not lie
 * there ready to use. While the request is read, it keeps the targets of its outputs too. One owner at a time; not
 * thread-safe until handed over.
 */
public final class RequestMemory implements Lease {
    private final InputMemory inputs;
    private final SharedMemory shared;
    private final TensorBuffer body;
    private final List<TensorBuffer> tensors = new ArrayList<>(0); // mostly all are in the body
    private final List<OutputTarget> targets = new ArrayList<>(0);

    /** @param inputs where the model wants its inputs */
    public RequestMemory(InputMemory inputs, SharedMemory shared, TensorBuffer body) {
        this.inputs = inputs;
        this.shared = shared;
        this.body = body;
    }

    /** A buffer of {@code byteSize} bytes that is held as long as the request is. */
    public TensorBuffer allocate(long byteSize) throws InferenceException {
        TensorBuffer buffer = inputs.allocator().allocate(byteSize);
        tensors.add(buffer);
        return buffer;
    }

    /** The body, where its binary tensors are. */
    TensorData body() {
        return body.data();
    }

    /** What is in shared memory, or a copy of it, which is held as long as the request is. */
    TensorData shared(RegionSlice slice, DataType type) throws InferenceException {
        TensorBuffer buffer = shared.read(slice.region(), slice.offset(), slice.byteSize(), inputs.of(type));
        tensors.add(buffer);
        return buffer.data();
    }

    /** How many bytes {@link #shared} copies, as of {@link SharedMemory#bytesToCopy}. */
    long bytesToCopy(RegionSlice slice, DataType type) {
        return shared.bytesToCopy(slice.region(), slice.byteSize(), inputs.of(type));
    }

    /** A place in shared memory for an output of the request, whose owner releases it. */
    OutputTarget target(RegionSlice slice) throws InferenceException {
        OutputTarget target = shared.target(slice.region(), slice.offset(), slice.byteSize());
        targets.add(target);
        return target;
    }

    /** What {@code reading} makes; if it fails, everything but the body is given back, the targets included. */
    public <T> T orRelease(Reading<T> reading) throws InferenceException {
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
    public interface Reading<T> {
        T read() throws InferenceException;
    }
}
