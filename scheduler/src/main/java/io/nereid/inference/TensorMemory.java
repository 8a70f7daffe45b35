package io.nereid.inference;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Native memory for tensors, pooled by size: fresh native memory costs a page fault per 4 KiB, which for an image is more
 * than everything else the server does with it.
 *
 * <p>Sizes are rounded up to one of four steps per power of two, so at most a fifth of a buffer is spare. Released
 * buffers are kept for the next request of their size up to a total of {@code maxPooledBytes}; what is over that goes
 * back to the system at once. Thread-safe.
 */
public final class TensorMemory implements AutoCloseable {
    private static final int SMALLEST_LOG2 = 8;
    private static final int LARGEST_LOG2 = 40;
    private static final int ALIGNMENT = 64;

    private final SizeClass[] classes = new SizeClass[(LARGEST_LOG2 - SMALLEST_LOG2) * 4 + 1];
    private final long maxBytes;
    private final long maxPooledBytes;
    private final AtomicLong pooledBytes = new AtomicLong();
    private final AtomicLong bytesInUse = new AtomicLong();
    private volatile boolean closed;

    /** Memory of at most {@code maxBytes} in use, that keeps up to {@code maxPooledBytes} of released buffers at hand. */
    public TensorMemory(long maxBytes, long maxPooledBytes) {
        this.maxBytes = maxBytes;
        this.maxPooledBytes = maxPooledBytes;
        for (int i = 0; i < classes.length; i++) {
            classes[i] = new SizeClass(capacityOf(i));
        }
    }

    /**
     * A buffer of {@code byteSize} bytes, aligned to 64 bytes, with one reference that the caller owns. Its content is
     * undefined: the caller writes every byte that anybody will read.
     *
     * @throws InferenceException UNAVAILABLE if so much is not to be had now, INVALID_ARG if it never will be
     */
    public TensorBuffer allocate(long byteSize) throws InferenceException {
        if (byteSize < 0 || byteSize > maxBytes) {
            throw new InferenceException(ErrorCode.INVALID_ARG, "a tensor of " + byteSize
                    + " bytes is more than the server can hold (expected at most " + maxBytes + ")");
        }
        SizeClass sizeClass = classes[classOf(byteSize)];
        if (bytesInUse.addAndGet(sizeClass.capacity) > maxBytes) {
            bytesInUse.addAndGet(-sizeClass.capacity);
            throw new InferenceException(ErrorCode.UNAVAILABLE, "no tensor memory left for " + byteSize
                    + " bytes: all requests together may hold " + maxBytes + "; try again later");
        }
        TensorBuffer buffer = sizeClass.take();
        if (buffer == null) {
            buffer = create(sizeClass);
        } else {
            pooledBytes.addAndGet(-sizeClass.capacity);
        }
        buffer.open(byteSize);
        return buffer;
    }

    /** Bytes of all buffers that are held by somebody now, spare bytes included. */
    public long bytesInUse() {
        return bytesInUse.get();
    }

    /** Bytes of released buffers kept for the next request. */
    public long pooledBytes() {
        return pooledBytes.get();
    }

    /** Gives all released buffers back to the system. */
    public void trim() {
        for (SizeClass sizeClass : classes) {
            for (TensorBuffer buffer = sizeClass.take(); buffer != null; buffer = sizeClass.take()) {
                pooledBytes.addAndGet(-sizeClass.capacity);
                buffer.free();
            }
        }
    }

    /** Gives the pool back; buffers still held go back to the system when they are released. */
    @Override
    public void close() {
        closed = true;
        trim();
    }

    void giveBack(TensorBuffer buffer, int sizeClassIndex) {
        SizeClass sizeClass = classes[sizeClassIndex];
        bytesInUse.addAndGet(-sizeClass.capacity);
        if (closed || pooledBytes.addAndGet(sizeClass.capacity) > maxPooledBytes) {
            if (!closed) {
                pooledBytes.addAndGet(-sizeClass.capacity);
            }
            buffer.free();
            return;
        }
        sizeClass.put(buffer);
        if (closed) {
            trim();
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // the buffer owns the arena and closes it when it is freed
    private TensorBuffer create(SizeClass sizeClass) throws InferenceException {
        Arena arena = Arena.ofShared();
        try {
            return new TensorBuffer(this, classOf(sizeClass.capacity), arena,
                    arena.allocate(sizeClass.capacity, ALIGNMENT));
        } catch (OutOfMemoryError e) {
            arena.close();
            bytesInUse.addAndGet(-sizeClass.capacity);
            throw new InferenceException(ErrorCode.UNAVAILABLE,
                    "out of native memory for a tensor of " + sizeClass.capacity + " bytes", e);
        }
    }

    static int classOf(long byteSize) {
        long size = Math.max(byteSize, 1L << SMALLEST_LOG2);
        int log2 = 63 - Long.numberOfLeadingZeros(size);
        long step = 1L << (log2 - 2);
        long above = size - (1L << log2);
        return (log2 - SMALLEST_LOG2) * 4 + (int) ((above + step - 1) / step);
    }

    static long capacityOf(int index) {
        long base = 1L << (SMALLEST_LOG2 + index / 4);
        return base + (base >> 2) * (index % 4);
    }

    /** The released buffers of one size. */
    private static final class SizeClass {
        private final ReentrantLock lock = new ReentrantLock();
        private final long capacity;
        @GuardedBy("lock")
        private final ArrayDeque<TensorBuffer> free = new ArrayDeque<>(0);

        SizeClass(long capacity) {
            this.capacity = capacity;
        }

        @Nullable
        TensorBuffer take() {
            lock.lock();
            try {
                return free.pollLast();
            } finally {
                lock.unlock();
            }
        }

        void put(TensorBuffer buffer) {
            lock.lock();
            try {
                free.addLast(buffer);
            } finally {
                lock.unlock();
            }
        }
    }
}
