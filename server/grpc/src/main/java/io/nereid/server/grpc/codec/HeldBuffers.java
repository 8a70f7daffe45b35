package io.nereid.server.grpc.codec;

import io.nereid.inference.InferenceException;
import io.nereid.inference.InputMemory;
import io.nereid.inference.Lease;
import io.nereid.inference.TensorBuffer;

import java.util.ArrayList;
import java.util.List;

/** The buffers that the inputs of one request lie in. One owner at a time; not thread-safe until handed over. */
final class HeldBuffers implements Lease {
    private InputMemory inputs;
    private final List<TensorBuffer> buffers = new ArrayList<>(2);

    /** Buffers of {@code inputs}, until {@link #into} says where the model wants its inputs. */
    HeldBuffers(InputMemory inputs) {
        this.inputs = inputs;
    }

    /** Where the buffers to come are allocated, now that the model is known. */
    void into(InputMemory wanted) {
        inputs = wanted;
    }

    InputMemory inputs() {
        return inputs;
    }

    TensorBuffer allocate(long byteSize) throws InferenceException {
        return add(inputs.allocator().allocate(byteSize));
    }

    TensorBuffer add(TensorBuffer buffer) {
        buffers.add(buffer);
        return buffer;
    }

    /** A buffer of another size with the first {@code used} bytes of {@code buffer}, which is given back. */
    TensorBuffer exchange(TensorBuffer buffer, long used, long byteSize) throws InferenceException {
        TensorBuffer other = inputs.allocator().allocate(byteSize);
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
