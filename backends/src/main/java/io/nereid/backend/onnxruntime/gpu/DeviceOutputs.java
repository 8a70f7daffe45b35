package io.nereid.backend.onnxruntime.gpu;

import io.nereid.backend.device.DevicePool;
import io.nereid.inference.TensorBuffer;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Memory of a GPU for the outputs of one instance that stay there, and how much of it anybody holds: responses give it
 * back on any thread, also after the instance is closed. Thread-safe.
 */
final class DeviceOutputs {
    private final DevicePool pool;
    private final int device;
    private final AtomicLong bytesInUse = new AtomicLong();

    DeviceOutputs(DevicePool pool, int device) {
        this.pool = pool;
        this.device = device;
    }

    /** So much memory with one reference, the caller's; null if it is not to be had now. */
    @Nullable
    TensorBuffer tryAllocate(long byteSize) {
        TensorBuffer buffer = pool.tryAllocate(device, byteSize);
        if (buffer == null) {
            return null;
        }
        bytesInUse.addAndGet(byteSize);
        return buffer.with(() -> bytesInUse.addAndGet(-byteSize));
    }

    /** How much of it is held. */
    long bytesInUse() {
        return bytesInUse.get();
    }
}
