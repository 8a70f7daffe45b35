package io.nereid.backend.worker.memory;

import io.nereid.inference.Lease;

/** A part of the shared memory that a worker may refer to; {@link Extents} has it. Immutable. */
public final class Extent {
    private final long offset;
    private final long length;
    private final ExtentOwner owner;
    private final boolean granted;

    /**
     * From {@code offset} of the file.
     *
     * @param memory what it lies in, which is this object's from here on
     * @param granted whether the worker itself gives it back
     */
    Extent(long offset, long length, Lease memory, boolean granted) {
        this.offset = offset;
        this.length = length;
        this.owner = new ExtentOwner(memory);
        this.granted = granted;
    }

    /** Where it begins in the file. */
    public long offset() {
        return offset;
    }

    /** How long it is, in bytes. */
    public long length() {
        return length;
    }

    /** What it lies in. */
    ExtentOwner owner() {
        return owner;
    }

    boolean isGranted() {
        return granted;
    }

    boolean contains(long from, long bytes) {
        return from >= offset && bytes <= length && from - offset <= length - bytes;
    }
}
