package io.nereid.server.sharedmemory;

import io.nereid.backend.device.CudaException;
import io.nereid.backend.device.CudaIpc;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorData;

import java.lang.foreign.MemorySegment;

/**
 * GPU memory of a client, opened by CUDA's driver. A model on that GPU may read it in place; for others tensors are
 * copied from it into host memory, and outputs to it.
 */
final class CudaMemory implements ClientMemory {
    private final CudaRegion region;
    private final CudaIpc.Memory memory;

    /** What {@code region} stands for; it is this object's from here on. */
    CudaMemory(CudaRegion region, CudaIpc.Memory memory) {
        this.region = region;
        this.memory = memory;
    }

    @Override
    public boolean writable() {
        return true;
    }

    @Override
    public TensorData data() {
        return TensorData.cuda(Math.toIntExact(region.deviceId()), memory.address(), region.byteSize());
    }

    @Override
    public void read(long offset, MemorySegment into) throws InferenceException {
        try {
            memory.read(offset, into);
        } catch (CudaException e) {
            throw failed("read", e);
        }
    }

    @Override
    public void write(long offset, MemorySegment from) throws InferenceException {
        try {
            memory.write(offset, from);
        } catch (CudaException e) {
            throw failed("written", e);
        }
    }

    private InferenceException failed(String what, CudaException e) {
        return new InferenceException(ErrorCode.INTERNAL,
                "CUDA shared memory region '" + region.name() + "' could not be " + what + " (" + e.getMessage() + ")");
    }

    @Override
    public void close() {
        memory.close();
    }
}
