package io.nereid.server.sharedmemory;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.backend.device.CaptureLock;
import io.nereid.backend.device.CudaException;
import io.nereid.backend.device.CudaIpc;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import org.jspecify.annotations.Nullable;

import java.util.concurrent.locks.ReentrantLock;

/** GPU memory by CUDA's driver, which is looked for when the first client asks. */
final class DriverCudaMemories implements CudaMemories {
    private final String driver;
    private final CaptureLock captures;
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private @Nullable CudaIpc ipc;

    /** By the system's driver, which waits while a CUDA graph is recorded. */
    DriverCudaMemories(CaptureLock captures) {
        this(CudaIpc.DRIVER, captures);
    }

    /** By a driver of that name. */
    DriverCudaMemories(String driver, CaptureLock captures) {
        this.driver = driver;
        this.captures = captures;
    }

    @Override
    public ClientMemory open(CudaRegion region, byte[] rawHandle) throws InferenceException {
        CudaIpc found = ipc();
        if (found == null) {
            throw invalid("failed to register CUDA shared memory region: '" + region.name() + "', GPUs not supported");
        }
        if (rawHandle.length != CudaIpc.HANDLE_BYTES) {
            throw unopened(region,
                    "raw_handle: got " + rawHandle.length + " bytes, expected the " + CudaIpc.HANDLE_BYTES
                            + " of a cudaIpcMemHandle_t");
        }
        if (region.deviceId() < 0 || region.deviceId() > Integer.MAX_VALUE) {
            throw unopened(region, "device_id: got " + region.deviceId() + ", expected the number of a GPU");
        }
        try {
            return checked(region, found.open(rawHandle, (int) region.deviceId()));
        } catch (CudaException e) {
            throw unopened(region, String.valueOf(e.getMessage()));
        }
    }

    private @Nullable CudaIpc ipc() {
        lock.lock();
        try {
            if (ipc == null) {
                ipc = CudaIpc.find(driver, captures).orElse(null);
            }
            return ipc;
        } finally {
            lock.unlock();
        }
    }

    private static ClientMemory checked(CudaRegion region, CudaIpc.Memory memory) throws InferenceException {
        if (region.byteSize() <= 0 || region.byteSize() > memory.byteSize()) {
            memory.close();
            throw invalid(
                    "failed to register shared memory region '" + region.name() + "': invalid args (got byte_size "
                            + Long.toUnsignedString(region.byteSize()) + ", expected 1 to " + memory.byteSize()
                            + ", which the memory has)");
        }
        return new CudaMemory(region, memory);
    }

    private static InferenceException unopened(CudaRegion region, String why) {
        return invalid("failed to register shared memory region: invalid args ('" + region.name() + "': " + why + ")");
    }

    private static InferenceException invalid(String text) {
        return new InferenceException(ErrorCode.INVALID_ARG, text);
    }
}
