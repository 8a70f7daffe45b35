package io.nereid.inference;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A counted buffer of a {@link TensorAllocator}. It starts with one reference; the memory goes back with the last one,
 * and the buffer is of no use from then on. A buffer may be shared between threads; its content is ordered by whatever
 * hands it over.
 */
public final class TensorBuffer implements Lease {
    private final TensorData.Kind kind;
    private final int device;
    /** What the memory is given back to. */
    private Lease owner;
    private final AtomicInteger references = new AtomicInteger(1);
    private MemorySegment range;
    private long length;

    /** A buffer over {@code data}; the last release releases {@code owner}. */
    public TensorBuffer(TensorData data, Lease owner) {
        this(data.kind(), data.device(), data.range(), data.length(), owner);
    }

    /** The same of host memory. */
    TensorBuffer(TensorData.Kind kind, MemorySegment range, Lease owner) {
        this(kind, TensorData.NO_DEVICE, range, range.byteSize(), owner);
    }

    private TensorBuffer(TensorData.Kind kind, int device, MemorySegment range, long length, Lease owner) {
        this.kind = kind;
        this.device = device;
        this.range = range;
        this.length = length;
        this.owner = owner;
    }

    /** What kind of memory it is. */
    public TensorData.Kind kind() {
        return kind;
    }

    /** The GPU it is on; {@link TensorData#NO_DEVICE} for host memory. */
    public int device() {
        return device;
    }

    /** The memory, exactly as long as was asked for; of use as long as the buffer is. */
    public TensorData data() {
        return new TensorData(kind, device, range, length);
    }

    /**
     * A part of the memory.
     *
     * @throws IndexOutOfBoundsException if it does not lie within
     */
    public TensorData data(long offset, long byteSize) {
        return kind.isHost() ? TensorData.host(kind, range.asSlice(offset, byteSize)) : data().slice(offset, byteSize);
    }

    /**
     * The memory as the CPU reads and writes it.
     *
     * @throws IllegalStateException if it is memory of a device
     */
    public MemorySegment segment() {
        if (kind.isHost()) {
            return range;
        }
        throw new IllegalStateException("a buffer of GPU " + device + " used as host memory");
    }

    /** Cuts the memory to a part of it. Only for a sole owner, before anybody else sees the buffer. */
    public void narrow(long offset, long byteSize) {
        TensorData part = data(offset, byteSize);
        range = part.range();
        length = byteSize;
    }

    /**
     * Releases {@code more} too once the memory has been given back. Only for a sole owner, before anybody else sees
     * the buffer.
     */
    public TensorBuffer with(Lease more) {
        Lease memory = owner;
        owner = () -> {
            memory.release();
            more.release();
        };
        return this;
    }

    @Override
    public TensorBuffer retain(int more) {
        References.retain(references, more);
        return this;
    }

    @Override
    public void release() {
        if (References.release(references)) {
            owner.release();
        }
    }
}
