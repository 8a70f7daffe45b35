package io.nereid.inference;

/**
 * Where buffers for tensors of one kind of memory, on one device, come from. Thread-safe, and never blocks for memory:
 * what is not to be had now is an error.
 *
 * <p>A buffer goes back to its allocator with the last of its references; the allocator outlives them all.
 */
public interface TensorAllocator {
    /** What kind of memory it gives. */
    TensorData.Kind kind();

    /** The GPU it is on, as CUDA counts; {@link TensorData#NO_DEVICE} for host memory. */
    default int device() {
        return TensorData.NO_DEVICE;
    }

    /**
     * A buffer of {@code byteSize} bytes, aligned to {@link TensorMemory#ALIGNMENT}, with one reference that the caller
     * owns. Its content is undefined, and may be what an earlier request left there: the caller itself writes every
     * byte that anybody will read. Memory for others to write, such as a model's kernels, comes from {@link
     * #allocateZeroed}.
     *
     * @throws InferenceException UNAVAILABLE if so much is not to be had now, INVALID_ARG if it never will be
     */
    TensorBuffer allocate(long byteSize) throws InferenceException;

    /**
     * The same, all zero: for code that may leave a part of it as it is, so that nobody reads there what belongs to
     * another request.
     */
    TensorBuffer allocateZeroed(long byteSize) throws InferenceException;
}
