package io.nereid.inference;

import java.lang.foreign.MemorySegment;

/**
 * A range of memory that holds the elements of a tensor: what kind of memory it is, on which device, from which address
 * on, and how long. Immutable; who owns the memory, and until when it may be used, is in the contract of whoever hands
 * this on.
 *
 * @param kind the kind of memory
 * @param device the GPU's number as CUDA counts; {@link #NO_DEVICE} for host memory
 * @param range the range, for host memory; for memory of a device an empty segment at its address, so that the CPU
 *     cannot read or write there by mistake
 * @param length how long it is, in bytes
 */
public record TensorData(Kind kind, int device, MemorySegment range, long length) {
    /** The device of host memory. */
    public static final int NO_DEVICE = -1;
    /** No bytes, in pooled host memory. */
    public static final TensorData EMPTY = pooled(MemorySegment.NULL);

    /** Kinds of memory. */
    public enum Kind {
        /** Host memory of this process that is used again and again, as {@link TensorMemory} has it. */
        POOLED,
        /** Host memory that a worker process on this machine has mapped too. */
        SHARED,
        /** Host memory that stays in place, so that a GPU can copy from and to it by itself. */
        PINNED,
        /** Memory of a GPU, which the CPU cannot read or write. */
        CUDA;

        /** Whether the CPU can read and write it. */
        public boolean isHost() {
            return this != CUDA;
        }
    }

    /** Checks that the range is what its kind asks for. */
    public TensorData {
        if (kind.isHost() ? range.byteSize() != length || device != NO_DEVICE : range.byteSize() != 0 || device < 0) {
            throw new IllegalArgumentException(length + " bytes of kind " + kind + " on device " + device
                    + " in a segment of " + range.byteSize() + " bytes");
        }
    }

    /** Pooled host memory. */
    public static TensorData pooled(MemorySegment range) {
        return host(Kind.POOLED, range);
    }

    /** Host memory of that kind. */
    public static TensorData host(Kind kind, MemorySegment range) {
        return new TensorData(kind, NO_DEVICE, range, range.byteSize());
    }

    /** Memory of a GPU. */
    public static TensorData cuda(int device, long address, long length) {
        return new TensorData(Kind.CUDA, device, MemorySegment.ofAddress(address), length);
    }

    /**
     * The same for one of several that have it: a worker process, which may write where its tensors lie, has to leave the
     * others' as it is. Nobody else writes to a tensor that was handed on.
     */
    public TensorData forSeveral() {
        return kind == Kind.SHARED ? new TensorData(kind, device, range.asReadOnly(), length) : this;
    }

    /** Whether others have memory of a worker process too. */
    public boolean isForSeveral() {
        return kind == Kind.SHARED && range.isReadOnly();
    }

    /** Where it begins: an address of this process, or of the device. */
    public long address() {
        return range.address();
    }

    /**
     * The range as the CPU reads and writes it.
     *
     * @throws IllegalStateException if it is memory of a device: it has to be copied first
     */
    public MemorySegment segment() {
        if (!kind.isHost()) {
            throw new IllegalStateException(length + " bytes of GPU " + device + " read as host memory");
        }
        return range;
    }

    /**
     * A part of it.
     *
     * @throws IndexOutOfBoundsException if it does not lie within
     */
    public TensorData slice(long offset, long byteSize) {
        if (kind.isHost()) {
            return new TensorData(kind, device, range.asSlice(offset, byteSize), byteSize);
        }
        if (offset < 0 || byteSize < 0 || offset > length || byteSize > length - offset) {
            throw new IndexOutOfBoundsException(byteSize + " bytes at offset " + offset + " of " + length);
        }
        return cuda(device, address() + offset, byteSize);
    }
}
