package io.nereid.server.http.codec;

import io.nereid.inference.InferenceException;
import io.nereid.inference.Lease;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorMemory;
import io.nereid.server.protocol.ClientRequest;

import java.util.ArrayList;
import java.util.List;

/**
 * What the inputs of one request lie in: the body as it was received, and a buffer for each tensor that did not lie there
 * ready to use. One owner at a time; not thread-safe until handed over.
 */
final class RequestMemory implements Lease {
    private final TensorMemory memory;
    private final TensorBuffer body;
    private final List<TensorBuffer> tensors = new ArrayList<>(2);

    RequestMemory(TensorMemory memory, TensorBuffer body) {
        this.memory = memory;
        this.body = body;
    }

    /** A buffer of {@code byteSize} bytes that is held as long as the request is. */
    TensorBuffer allocate(long byteSize) throws InferenceException {
        TensorBuffer buffer = memory.allocate(byteSize);
        tensors.add(buffer);
        return buffer;
    }

    /** What {@code reading} makes; if it fails, all buffers but the body are given back. */
    ClientRequest orRelease(Reading reading) throws InferenceException {
        boolean read = false;
        try {
            ClientRequest request = reading.read();
            read = true;
            return request;
        } finally {
            if (!read) {
                tensors.forEach(TensorBuffer::release);
            }
        }
    }

    /** Gives back everything, the body too: the end of a request that was read. */
    @Override
    public void release() {
        tensors.forEach(TensorBuffer::release);
        body.release();
    }

    /** Makes a request of which this is the memory. */
    @FunctionalInterface
    interface Reading {
        ClientRequest read() throws InferenceException;
    }
}
