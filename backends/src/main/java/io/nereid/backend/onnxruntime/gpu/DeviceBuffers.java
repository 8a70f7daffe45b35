package io.nereid.backend.onnxruntime.gpu;

import io.nereid.backend.device.CudaException;
import io.nereid.backend.device.CudaStream;
import io.nereid.backend.device.DeviceBuffer;

import java.util.ArrayList;
import java.util.List;

/** A buffer on the GPU for each input, or each output, of a call. Used by one thread, as {@link DeviceBuffer} is. */
final class DeviceBuffers implements AutoCloseable {
    private final List<DeviceBuffer> buffers = new ArrayList<>();

    /** So many empty buffers. */
    DeviceBuffers(CudaStream stream, int count) {
        for (int i = 0; i < count; i++) {
            buffers.add(stream.buffer());
        }
    }

    /** Where so many bytes of that tensor have room. */
    long reserve(int index, long byteSize) throws CudaException {
        return buffers.get(index).reserve(byteSize);
    }

    /** A run has ended: gives back what is too much to be kept. */
    void trim() {
        buffers.forEach(DeviceBuffer::trim);
    }

    /** Bytes that they take on the GPU. */
    long byteSize() {
        return buffers.stream().mapToLong(DeviceBuffer::capacity).sum();
    }

    @Override
    public void close() {
        buffers.forEach(DeviceBuffer::close);
    }
}
