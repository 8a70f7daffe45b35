package io.nereid.server.grpc.codec;

import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;

import java.util.ArrayList;
import java.util.List;

/** The buffers that the inputs of one request lie in. One owner at a time; not thread-safe until handed over. */
final class HeldBuffers implements Lease {
    private final TensorMemory memory;
    private final List<TensorBuffer> buffers = new ArrayList<>(2);

    HeldBuffers(TensorMemory memory) {
        this.memory = memory;
    }

    TensorBuffer allocate(long byteSize) throws InferenceException {
        return add(memory.allocate(byteSize));
    }

    TensorBuffer add(TensorBuffer buffer) {
        buffers.add(buffer);
        return buffer;
    }

    /** A buffer of another size with the first {@code used} bytes of {@code buffer}, which is given back. */
    TensorBuffer exchange(TensorBuffer buffer, long used, long byteSize) throws InferenceException {
        TensorBuffer other = memory.allocate(byteSize);
        other.segment().asSlice(0, used).copyFrom(buffer.segment().asSlice(0, used));
        buffers.set(buffers.indexOf(buffer), other);
        buffer.release();
        return other;
    }

    @Override
    public void release() {
        buffers.forEach(TensorBuffer::release);
        buffers.clear();
    }
}
