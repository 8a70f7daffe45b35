package io.nereid.inference;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Host memory for tensors, pooled by size: fresh native memory costs a page fault per 4 KiB, which for an image is more
 * than everything else the server does with it.
 *
 * <p>Sizes are rounded up to one of four steps per power of two, so at most a fifth of a buffer is spare. Released
 * buffers are kept for the next request of their size up to a total of {@code maxPooledBytes}; what is over that goes
 * back to the system at once. Thread-safe.
 */
public class TensorMemory implements TensorAllocator, AutoCloseable {
    private static final int SMALLEST_LOG2 = 8;
    private static final int LARGEST_LOG2 = 40;
    /** Buffers begin at a multiple of this many bytes: a cache line, and what vector instructions like. */
    public static final int ALIGNMENT = 64;

    private final SizeClass[] classes = new SizeClass[(LARGEST_LOG2 - SMALLEST_LOG2) * 4 + 1];
    private final TensorData.Kind kind;
    private final NativeMemory source;
    private final String advice;
    private final long maxBytes;
    private final long maxPooledBytes;
    private final AtomicLong pooledBytes = new AtomicLong();
    private final AtomicLong bytesInUse = new AtomicLong();
    private volatile boolean closed;

    /** As the other, of {@link NativeMemory#CHECKED checked} memory: for tests and experiments. */
    public TensorMemory(long maxBytes, long maxPooledBytes) {
        this(maxBytes, maxPooledBytes, NativeMemory.CHECKED);
    }

    /**
     * Memory of at most {@code maxBytes} in use, that keeps up to {@code maxPooledBytes} of released buffers at hand.
     *
     * @param source where it comes from
     */
    public TensorMemory(long maxBytes, long maxPooledBytes, NativeMemory source) {
        this(TensorData.Kind.POOLED, maxBytes, maxPooledBytes, source, "");
    }

    /**
     * The same of another kind.
     *
     * @param kind of host memory
     * @param advice how to have more, a clause for people; empty for none
     */
    public TensorMemory(TensorData.Kind kind, long maxBytes, long maxPooledBytes, NativeMemory source,
            String advice) {
        if (!kind.isHost()) {
            throw new IllegalArgumentException("tensor memory of kind " + kind + " (expected a kind of host memory)");
        }
        this.kind = kind;
        this.source = source;
        this.advice = advice.isEmpty() ? "" : ", or " + advice;
        this.maxBytes = maxBytes;
        this.maxPooledBytes = maxPooledBytes;
        for (int i = 0; i < classes.length; i++) {
            classes[i] = new SizeClass(this, capacityOf(i));
        }
    }

    @Override
    public final TensorData.Kind kind() {
        return kind;
    }

    @Override
    public TensorBuffer allocate(long byteSize) throws InferenceException {
        SizeClass sizeClass = sizeClassFor(byteSize);
        if (!reserve(bytesInUse, sizeClass.capacity, maxBytes)) {
            throw new InferenceException(ErrorCode.UNAVAILABLE, "no tensor memory left for " + byteSize
                    + " bytes: all requests together may hold " + maxBytes + ", " + (maxBytes - bytesInUse.get())
                    + " of them are free; try again later" + advice).withRetryAfter(1);
        }
        return buffer(sizeClass, byteSize);
    }

    /** {@link #allocate}, if so much is to be had now; null if it is not. */
    public final @Nullable TensorBuffer tryAllocate(long byteSize) {
        if (byteSize < 0 || byteSize > maxBytes || byteSize > capacityOf(classes.length - 1)) {
            return null;
        }
        SizeClass sizeClass = classes[classOf(byteSize)];
        try {
            return reserve(bytesInUse, sizeClass.capacity, maxBytes) ? buffer(sizeClass, byteSize) : null;
        } catch (InferenceException _) { // what it says is that there is none
            return null;
        }
    }

    /** A buffer of that size, which is reserved. */
    private TensorBuffer buffer(SizeClass sizeClass, long byteSize) throws InferenceException {
        Block block = sizeClass.take();
        if (block == null) {
            block = create(sizeClass);
        } else {
            pooledBytes.addAndGet(-sizeClass.capacity);
        }
        return new TensorBuffer(kind, block.whole.asSlice(0, byteSize), block);
    }

    @Override
    public final TensorBuffer allocateZeroed(long byteSize) throws InferenceException {
        TensorBuffer buffer = allocate(byteSize);
        buffer.segment().fill((byte) 0);
        return buffer;
    }

    /** The next multiple of {@link #ALIGNMENT}, for a tensor that another one follows in the same buffer. */
    public static long aligned(long byteSize) {
        return (byteSize + ALIGNMENT - 1) & -ALIGNMENT;
    }

    /** Bytes of all buffers that are held by somebody now, spare bytes included. */
    public long bytesInUse() {
        return bytesInUse.get();
    }

    /** The most bytes that may be held. */
    public long maxBytes() {
        return maxBytes;
    }

    /** Bytes of released buffers kept for the next request. */
    public long pooledBytes() {
        return pooledBytes.get();
    }

    /** Gives all released buffers back to the system. */
    public void trim() {
        for (SizeClass sizeClass : classes) {
            for (Block block = sizeClass.take(); block != null; block = sizeClass.take()) {
                pooledBytes.addAndGet(-sizeClass.capacity);
                source.free(block.whole);
            }
        }
    }

    /** Gives the pool back; buffers still held go back to the system when they are released. */
    @Override
    public void close() {
        closed = true;
        trim();
    }

    private void giveBack(Block block) {
        SizeClass sizeClass = block.sizeClass;
        if (!closed && reserve(pooledBytes, sizeClass.capacity, maxPooledBytes)) {
            sizeClass.put(block);
            if (closed) {
                trim(); // close() may have trimmed before the block was there
            }
        } else {
            source.free(block.whole);
        }
        bytesInUse.addAndGet(-sizeClass.capacity);
    }

    private SizeClass sizeClassFor(long byteSize) throws InferenceException {
        if (byteSize >= 0 && byteSize <= capacityOf(classes.length - 1)) {
            SizeClass sizeClass = classes[classOf(byteSize)];
            if (sizeClass.capacity <= maxBytes) {
                return sizeClass;
            }
        }
        throw new InferenceException(ErrorCode.INVALID_ARG, "a tensor of " + byteSize
                + " bytes is more than the server can hold (its tensor memory is " + maxBytes + " bytes in all)"
                + advice);
    }

    /** Adds {@code bytes} unless that would lead over {@code limit}: who is refused has never taken anything. */
    private static boolean reserve(AtomicLong total, long bytes, long limit) {
        long held = total.get();
        while (bytes <= limit - held) {
            long seen = total.compareAndExchange(held, held + bytes);
            if (seen == held) {
                return true;
            }
            held = seen;
        }
        return false;
    }

    private Block create(SizeClass sizeClass) throws InferenceException {
        try {
            return newBlock(sizeClass);
        } catch (OutOfMemoryError _) {
            trim(); // what is missing may lie in the pool, in other sizes
        }
        try {
            return newBlock(sizeClass);
        } catch (OutOfMemoryError e) {
            bytesInUse.addAndGet(-sizeClass.capacity);
            throw new InferenceException(ErrorCode.UNAVAILABLE,
                    "out of native memory for a tensor of " + sizeClass.capacity + " bytes", e).withRetryAfter(1);
        }
    }

    private Block newBlock(SizeClass sizeClass) {
        return new Block(sizeClass, source.allocate(sizeClass.capacity, ALIGNMENT));
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

    /** A piece of native memory that outlives the buffers made of it, one after the other. */
    record Block(SizeClass sizeClass, MemorySegment whole) implements Lease {
        @Override
        public void release() {
            sizeClass.memory.giveBack(this);
        }
    }

    /** The released blocks of one size. */
    static final class SizeClass {
        private final TensorMemory memory;
        private final ReentrantLock lock = new ReentrantLock();
        private final long capacity;
        @GuardedBy("lock")
        private final ArrayDeque<Block> free = new ArrayDeque<>(0);

        SizeClass(TensorMemory memory, long capacity) {
            this.memory = memory;
            this.capacity = capacity;
        }

        @Nullable
        Block take() {
            lock.lock();
            try {
                return free.pollLast();
            } finally {
                lock.unlock();
            }
        }

        void put(Block block) {
            lock.lock();
            try {
                free.addLast(block);
            } finally {
                lock.unlock();
            }
        }
    }
}
