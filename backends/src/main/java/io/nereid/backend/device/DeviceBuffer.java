package io.nereid.backend.device;

/**
 * Memory of a GPU for one tensor of one run after the other: as long as the longest was, up to {@link #MUCH_BYTES}; what
 * is longer is given back after its run. Used by one thread at a time, while nothing in a stream uses it.
 */
public final class DeviceBuffer implements AutoCloseable {
    /** What is kept for the next run at most. */
    public static final long MUCH_BYTES = 64L << 20;

    private static final long SMALLEST = 256;
    private static final long STEP = 1L << 20;

    private final Cuda cuda;
    private final int device;
    private long address;
    private long capacity;

    DeviceBuffer(Cuda cuda, int device) {
        this.cuda = cuda;
        this.device = device;
    }

    /**
     * Where so many bytes have room; what lay there before may be gone.
     *
     * @throws CudaException if the GPU has no such memory; then the buffer is empty
     */
    public long reserve(long byteSize) throws CudaException {
        if (byteSize > capacity || capacity == 0) {
            close();
            long rounded = rounded(byteSize);
            address = cuda.allocate(device, rounded);
            capacity = rounded;
        }
        return address;
    }

    /** Powers of two up to one MiB, from there on whole MiB: batches of many sizes do not each allocate anew. */
    private static long rounded(long byteSize) {
        return byteSize > STEP ? (byteSize + STEP - 1) / STEP * STEP
                : Math.max(SMALLEST, Long.highestOneBit(Math.max(1, byteSize) * 2 - 1));
    }

    /** How many bytes it takes on the GPU. */
    public long capacity() {
        return capacity;
    }

    /** A run has ended: gives back what is too much to be kept. */
    public void trim() {
        if (capacity > MUCH_BYTES) {
            close();
        }
    }

    /** Gives it all back; it may be used again. */
    @Override
    public void close() {
        if (capacity > 0) {
            capacity = 0;
            cuda.free(device, address);
        }
    }
}
