package io.nereid.backend.device;

import java.lang.foreign.MemorySegment;

/**
 * A stream of a GPU. Used by one thread at a time, and closed after everything that was given its address.
 */
public final class CudaStream implements AutoCloseable {
    private final Cuda cuda;
    private final int device;
    private final long address;
    private boolean pending;
    private boolean closed;

    private CudaStream(Cuda cuda, int device, long address) {
        this.cuda = cuda;
        this.device = device;
        this.address = address;
    }

    /** A new one, which the caller closes. */
    public static CudaStream create(Cuda cuda, int device) throws CudaException {
        return new CudaStream(cuda, device, cuda.createStream(device));
    }

    /** The GPU it is on. */
    public int device() {
        return device;
    }

    /** The driver's own name for it. */
    public long address() {
        return address;
    }

    /** An empty buffer on the same GPU, for the caller to close before the stream. */
    public DeviceBuffer buffer() {
        return new DeviceBuffer(cuda, device);
    }

    /** Copies host memory to the GPU; it stays as it is until {@link #synchronize}. */
    public void copyToDevice(long to, MemorySegment from) throws CudaException {
        if (from.byteSize() > 0) {
            pending = true;
            cuda.copyToDevice(device, to, from, address);
        }
    }

    /** Copies from the GPU to host memory, where it is after {@link #synchronize}. */
    public void copyToHost(MemorySegment to, long from) throws CudaException {
        if (to.byteSize() > 0) {
            pending = true;
            cuda.copyToHost(device, to, from, address);
        }
    }

    /** Copies within the GPU. */
    public void copyWithinDevice(long to, long from, long byteSize) throws CudaException {
        if (byteSize > 0) {
            pending = true;
            cuda.copyWithinDevice(device, to, from, byteSize, address);
        }
    }

    /** Makes memory of the GPU all zero. */
    public void zero(long at, long byteSize) throws CudaException {
        if (byteSize > 0) {
            pending = true;
            cuda.zero(device, at, byteSize, address);
        }
    }

    /** Waits until all is done that was asked for; returns at once where nothing was since the last time. */
    public void synchronize() throws CudaException {
        if (pending) {
            cuda.synchronize(device, address);
            pending = false;
        }
    }

    /** How much memory the GPU has now. */
    public Cuda.DeviceMemory memory() throws CudaException {
        return cuda.memory(device);
    }

    /** Ends it; the second and every further call does nothing. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            cuda.destroyStream(device, address);
        }
    }
}
