package io.nereid.backend.device;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Memory of GPUs for tensors that stay there from one model to the next: of each GPU one block, which is asked of the
 * driver when the first tensor stays there, and cut into what tensors need. So giving one back takes no call to the
 * driver, on whatever thread that is. What does not fit is not to be had: then the tensor goes through host memory.
 * Thread-safe.
 */
public final class DevicePool implements AutoCloseable {
    /** Where tensors begin: as all memory of a GPU does that CUDA gives out. */
    public static final long ALIGNMENT = 256;

    private static final Logger LOG = LoggerFactory.getLogger(DevicePool.class);

    private final @Nullable Cuda cuda;
    private final DevicePoolSizes sizes;
    private final ReentrantLock lock = new ReentrantLock();
    /** Those that were asked for; empty where there is none. */
    @GuardedBy("lock")
    private final Map<Integer, Block> blocks = new HashMap<>();
    @GuardedBy("lock")
    private boolean closed;

    /** The block of one GPU; {@code ranges} is null where it has none. */
    private record Block(int device, long address, @Nullable BlockRanges ranges) {
        @Nullable
        TensorBuffer tryAllocate(long byteSize) {
            BlockRanges from = ranges;
            long offset = from == null ? BlockRanges.NONE : from.take(byteSize);
            return from == null || offset == BlockRanges.NONE ? null
                    : new TensorBuffer(TensorData.cuda(device, address + offset, byteSize),
                            () -> from.release(offset));
        }
    }

    /**
     * A pool that has asked for nothing yet.
     *
     * @param cuda the driver; null where there is no GPU
     * @param sizes how long the blocks are
     */
    public DevicePool(@Nullable Cuda cuda, DevicePoolSizes sizes) {
        this.cuda = cuda;
        this.sizes = sizes;
    }

    /**
     * Memory of a GPU at a multiple of {@value #ALIGNMENT}, with one reference that is the caller's; its content is
     * undefined. Called where the GPU may be used: the first time it asks the driver.
     *
     * @return null if so much is not to be had now
     */
    public @Nullable TensorBuffer tryAllocate(int device, long byteSize) {
        Block block = block(device);
        return block == null ? null : block.tryAllocate(byteSize);
    }

    private @Nullable Block block(int device) {
        lock.lock();
        try {
            Block block = blocks.get(device);
            if (block == null && cuda != null && !closed) {
                block = ask(cuda, device);
                blocks.put(device, block);
            }
            return block;
        } finally {
            lock.unlock();
        }
    }

    private Block ask(Cuda driver, int device) {
        long byteSize = sizes.of(device) / ALIGNMENT * ALIGNMENT;
        if (byteSize == 0) {
            return new Block(device, 0, null);
        }
        try {
            long address = driver.allocate(device, byteSize);
            return new Block(device, address,
                    new BlockRanges(byteSize, ALIGNMENT, () -> driver.free(device, address)));
        } catch (CudaException e) {
            LOG.warn("{} bytes of GPU {} cannot be set aside ({}): what goes from one model there to the next goes"
                    + " through host memory; make --cuda-memory-pool-byte-size smaller, or leave more of the GPU free",
                    byteSize, device, e.getMessage());
            return new Block(device, 0, null);
        }
    }

    /** Gives the blocks back to the driver, each as soon as no tensor in it is held. After all models are closed. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            for (Block block : blocks.values()) {
                if (block.ranges() != null) {
                    block.ranges().close();
                }
            }
            blocks.clear();
        } finally {
            lock.unlock();
        }
    }
}
