package io.nereid.backend.device;

import java.lang.foreign.MemorySegment;

/**
 * What this server asks of CUDA by itself, beside what ONNX Runtime does: memory that GPUs reach, streams, and copies
 * in them. GPUs are numbered as {@link CudaDevices} does. Thread-safe; what belongs to one stream is done in the order
 * in which it was asked for.
 *
 * <p>Addresses and streams are the driver's own, so that ONNX Runtime can be given them: each is of use on its own GPU
 * only, is given back once, and not while something that was asked for still uses it.
 */
public interface Cuda {
    /**
     * How much memory a GPU has.
     *
     * @param freeBytes that nobody holds
     * @param totalBytes all of it
     */
    record DeviceMemory(long freeBytes, long totalBytes) {}

    /** Memory of a GPU, at a multiple of 256; its content is undefined. May take a millisecond. */
    long allocate(int device, long byteSize) throws CudaException;

    /** Gives memory of a GPU back; waits until the GPU does nothing. */
    void free(int device, long address);

    /**
     * Host memory that stays in place, so that every GPU copies from and to it by itself. Takes about a millisecond for
     * a few MiB.
     *
     * @param device a GPU that this process uses anyway
     */
    MemorySegment allocatePinned(int device, long byteSize) throws CudaException;

    /** Gives such memory back. */
    void freePinned(int device, MemorySegment memory);

    /** A stream on a GPU that waits for no other one. */
    long createStream(int device) throws CudaException;

    /** Ends a stream in which everything is done. */
    void destroyStream(int device, long stream);

    /** Waits until all is done that was asked for in the stream. */
    void synchronize(int device, long stream) throws CudaException;

    /** Copies host memory to a GPU; it stays as it is until the stream was waited for. */
    void copyToDevice(int device, long to, MemorySegment from, long stream) throws CudaException;

    /** Copies from a GPU to host memory, which nobody uses until the stream was waited for. */
    void copyToHost(int device, MemorySegment to, long from, long stream) throws CudaException;

    /** Copies within a GPU. */
    void copyWithinDevice(int device, long to, long from, long byteSize, long stream) throws CudaException;

    /** Makes memory of a GPU all zero. */
    void zero(int device, long at, long byteSize, long stream) throws CudaException;

    /** How much memory a GPU has now. */
    DeviceMemory memory(int device) throws CudaException;
}
