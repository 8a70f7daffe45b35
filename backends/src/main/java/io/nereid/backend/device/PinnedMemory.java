package io.nereid.backend.device;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.nereid.inference.InferenceException;
import io.nereid.inference.TensorAllocator;
import io.nereid.inference.TensorBuffer;
import io.nereid.inference.TensorData;
import io.nereid.inference.TensorMemory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Host memory that GPUs copy from and to by themselves: a pool of one size, which is pinned as a whole when the first
 * model comes to a GPU. What does not fit in it, and everything where it cannot be had, lies in pageable memory, from
 * and to which copies work too but take longer; the log says so once. Thread-safe.
 */
public final class PinnedMemory implements TensorAllocator, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PinnedMemory.class);

    private final @Nullable Cuda cuda;
    private final long poolBytes;
    private final TensorAllocator pageable;
    private final AtomicBoolean saidFull = new AtomicBoolean();
    private final ReentrantLock lock = new ReentrantLock();
    @GuardedBy("lock")
    private boolean opened;
    @GuardedBy("lock")
    private @Nullable PinnedBlock block;
    private volatile @Nullable TensorMemory pool;

    /**
     * A pool of which nothing is pinned yet.
     *
     * @param cuda pins it; null where there is no GPU
     * @param poolBytes how long it is; 0 for none
     * @param pageable gives what is not pinned
     */
    public PinnedMemory(@Nullable Cuda cuda, long poolBytes, TensorAllocator pageable) {
        this.cuda = cuda;
        this.poolBytes = poolBytes / TensorMemory.ALIGNMENT * TensorMemory.ALIGNMENT;
        this.pageable = pageable;
    }

    /**
     * Pins the pool, if that was not tried before: that takes some hundred milliseconds.
     *
     * @param device a GPU that this process uses anyway
     */
    public void open(int device) {
        lock.lock();
        try {
            if (!opened && cuda != null && poolBytes > 0) {
                opened = true;
                pin(cuda, device);
            }
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private void pin(Cuda driver, int device) {
        try {
            MemorySegment whole = driver.allocatePinned(device, poolBytes);
            PinnedBlock source = new PinnedBlock(driver, device, whole);
            block = source;
            pool = new TensorMemory(TensorData.Kind.PINNED, poolBytes, poolBytes, source, "");
        } catch (CudaException e) {
            LOG.warn(
                    "{} bytes cannot be pinned ({}): what models on GPUs read and write lies in pageable memory, and takes"
                            + " longer to copy; make --pinned-memory-pool-byte-size smaller, or give this process more memory",
                    poolBytes, e.getMessage());
        }
    }

    @Override
    public TensorData.Kind kind() {
        return TensorData.Kind.PINNED;
    }

    @Override
    public TensorBuffer allocate(long byteSize) throws InferenceException {
        TensorBuffer pinned = pinned(byteSize);
        return pinned == null ? pageable.allocate(byteSize) : pinned;
    }

    @Override
    public TensorBuffer allocateZeroed(long byteSize) throws InferenceException {
        TensorBuffer pinned = pinned(byteSize);
        if (pinned == null) {
            return pageable.allocateZeroed(byteSize);
        }
        pinned.segment().fill((byte) 0);
        return pinned;
    }

    private @Nullable TensorBuffer pinned(long byteSize) {
        TensorMemory from = pool;
        if (from == null) {
            return null;
        }
        TensorBuffer buffer = from.tryAllocate(byteSize);
        if (buffer == null && !saidFull.getAndSet(true)) {
            LOG.warn("the pool of pinned memory is used up ({} bytes, {} of them in use, and {} more were asked for):"
                    + " what does not fit lies in pageable memory, and takes longer to copy; raise"
                    + " --pinned-memory-pool-byte-size", poolBytes, from.bytesInUse(), byteSize);
        }
        return buffer;
    }

    /** How many bytes are pinned; 0 where none are. */
    public long totalBytes() {
        return pool == null ? 0 : poolBytes;
    }

    /** How many of them tensors take. */
    public long bytesInUse() {
        TensorMemory from = pool;
        return from == null ? 0 : from.bytesInUse();
    }

    /** Gives the pool back to the driver, as soon as no buffer of it is held. After all models are closed. */
    @Override
    public void close() {
        lock.lock();
        try {
            opened = true;
            TensorMemory from = pool;
            PinnedBlock source = block;
            if (from != null && source != null) {
                pool = null;
                block = null;
                from.close();
                source.close();
            }
        } finally {
            lock.unlock();
        }
    }
}
